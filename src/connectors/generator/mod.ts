/** Records that are made up: for demos, tests and load. */
import { userError } from "../../base/errors.ts";
import type { Position } from "../../model/context.ts";
import type { Source } from "../../model/source.ts";
import { ChainedMaker, NumberedMaker } from "./makers.ts";
import {
  checkFunction,
  checkPace,
  checkSeed,
  type GeneratorFromOptions,
  type GeneratorOptions,
  paceText,
} from "./options.ts";
import { GeneratorReader } from "./reader.ts";

export type { GeneratorFromOptions, GeneratorOptions, GeneratorPace } from "./options.ts";

const SPLIT = "generator";

/** A source that makes records, and another that makes each from the one before. */
export interface Generator {
  /**
   * A source of made-up records: the same seed gives the same records, also after a restart.
   *
   * @throws {WallarooError} `bad_option`
   * @example
   * generator({ seed: 7, rate: 1000, make: (i, random) => ({ id: i, price: random.below(100) }) });
   */
  <T>(options: GeneratorOptions<T>): Source<Exclude<T, undefined | void>>;
  /**
   * A source whose every record is made from the one before it; the records are plain data.
   *
   * @throws {WallarooError} `bad_option`
   * @example
   * generator.from({ first: "a", next: (text) => (text.length < 5 ? `${text}a` : undefined) });
   */
  from<T>(options: GeneratorFromOptions<T>): Source<T>;
}

export const generator: Generator = Object.assign(
  <T>(options: GeneratorOptions<T>): Source<Exclude<T, undefined | void>> => {
    checkFunction("generator", "make", options.make);
    checkPace("generator", options);
    checkSeed("generator", options.seed);
    type Made = Exclude<T, undefined | void>;
    return {
      kind: "generator",
      about: `generator, seed ${options.seed ?? 0}${paceText(options)}`,
      replays: true,
      canGoBack: true,
      ...(options.count === undefined ? { isEndless: true } : {}),
      splits: async () => [SPLIT],
      async open(_split, position, ctx) {
        const index = position === undefined ? 0 : checkIndex(position, position);
        // The reader leaves undefined out.
        const maker = new NumberedMaker<Made>(options as GeneratorOptions<Made>, index);
        return new GeneratorReader(maker, ctx, options.rate, undefined);
      },
    };
  },
  { from },
);

function from<T>(options: GeneratorFromOptions<T>): Source<T> {
  checkFunction("generator.from", "next", options.next);
  checkPace("generator.from", options);
  if (options.first === undefined) {
    throw userError("bad_option", "generator.from: first is missing: give the first record");
  }
  return {
    kind: "generator",
    about: `generator, each record from the one before${paceText(options)}`,
    replays: true,
    canGoBack: true,
    splits: async () => [SPLIT],
    async open(_split, position, ctx) {
      const { index, previous } = resume<T>(position);
      const maker = new ChainedMaker(options, index, previous);
      return new GeneratorReader(maker, ctx, options.rate, previous);
    },
  };
}

function resume<T>(position: Position | undefined): { index: number; previous: T | undefined } {
  if (position === undefined) return { index: 0, previous: undefined };
  if (typeof position !== "object") throw badPosition(position);
  const index = checkIndex(position["index"], position);
  if (index === 0) return { index, previous: undefined };
  const text = position["last"];
  if (typeof text !== "string") throw badPosition(position);
  // Written by this source, from a record of type T.
  return { index, previous: JSON.parse(text) as T };
}

function checkIndex(index: unknown, position: Position): number {
  if (typeof index === "number" && Number.isSafeInteger(index) && index >= 0) return index;
  throw badPosition(position);
}

function badPosition(position: Position): Error {
  return userError(
    "bad_position",
    `generator: ${JSON.stringify(position)} is no position of this source: was it another source?`,
  );
}
