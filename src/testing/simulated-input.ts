/**
 * The source of a simulated run: frames of a file in place of what the app's own connector reads,
 * decoded as that says. Inputs come one after the other, so that no result depends on which of
 * them is faster: the next begins when all of the one before is durable.
 */
import { userError } from "../base/errors.ts";
import type { Prng } from "../base/prng.ts";
import { checkIndex } from "../connectors/memory/source.ts";
import type { Pipeline } from "../model/pipeline.ts";
import type { Batch, Source, SourceContext, SplitReader } from "../model/source.ts";
import { SIM_START_MS } from "./sim-clock.ts";

/** How often a source looks whether the one before it is done, in simulated ms. */
const LOOK_MS = 20;

/** Between the batches of a source that makes its records, at most. */
const PAUSE_MS_MAX = 50;
/** What to do about a source that does not end. */
export const END_TEXT =
  "a simulated run compares what came out until the end, so give it one of some hundred or " +
  "thousand records, such as count: 1000 of a generator, by --set where the app has an option";

/** Records as bytes, one behind the other, with what is around them. */
export interface Frames {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** How far an input is, whoever reads it. */
export interface InputProgress {
  readonly frames: Frames;
  /** Frames before this one are durable with all that they gave. */
  durable: number;
}

/** What a source has made that makes its records itself. */
export interface Made {
  readonly about: string;
  /** Those that were made again count again. */
  records: number;
  isEnded: boolean;
}

export interface PaceOfInput {
  /** Frames of a batch. */
  readonly batch: number;
  /** Before each batch, at most. */
  readonly pauseMsMax: number;
  readonly prng: Prng;
}

/** `before`: the input that is to be durable first. */
export function inputSource(
  original: Source<unknown>,
  progress: InputProgress,
  before: InputProgress | undefined,
  pace: PaceOfInput,
): Source<unknown> {
  const { decode, onInvalid } = original;
  return {
    kind: "simulated",
    about: `a file, in place of ${original.about}`,
    replays: true,
    canGoBack: true,
    ...(decode === undefined ? {} : { decode }),
    ...(onInvalid === undefined ? {} : { onInvalid }),
    splits: async () => ["input"],
    async open(_split, position, ctx) {
      const at = position === undefined ? 0 : checkIndex("simulate", position);
      return new InputReader(progress, before, pace, at, ctx);
    },
  };
}

/** A source that makes its records itself, with time between its batches: faults meet them. */
export function pacedSource(original: Source<unknown>, made: Made, prng: Prng): Source<unknown> {
  return {
    ...original,
    async open(split, position, ctx) {
      const reader = await original.open(split, position, ctx);
      let isClosed = false;
      made.isEnded = false;
      async function* read(): AsyncGenerator<Batch<unknown>> {
        for await (const batch of reader.read()) {
          made.records += batch.count;
          await sleep(prng.next() * PAUSE_MS_MAX + 1, ctx);
          yield batch;
        }
        if (!isClosed) made.isEnded = true;
      }
      return {
        read,
        acknowledge: (at) => reader.acknowledge(at),
        [Symbol.asyncDispose]: () => {
          isClosed = true;
          return reader[Symbol.asyncDispose]();
        },
      };
    },
  };
}

class InputReader implements SplitReader<unknown> {
  readonly #progress: InputProgress;
  readonly #before: InputProgress | undefined;
  readonly #pace: PaceOfInput;
  readonly #ctx: SourceContext;
  #at: number;
  #isClosed = false;

  constructor(
    progress: InputProgress,
    before: InputProgress | undefined,
    pace: PaceOfInput,
    at: number,
    ctx: SourceContext,
  ) {
    this.#progress = progress;
    this.#before = before;
    this.#pace = pace;
    this.#at = at;
    this.#ctx = ctx;
  }

  async *read(): AsyncGenerator<Batch<unknown>> {
    const { bytes, starts, ends } = this.#progress.frames;
    const { batch, pauseMsMax, prng } = this.#pace;
    while (this.#before !== undefined && !isDurable(this.#before) && !this.#isClosed) {
      await sleep(LOOK_MS, this.#ctx);
    }
    while (!this.#isClosed && this.#at < starts.length) {
      if (pauseMsMax > 0) await sleep(prng.next() * pauseMsMax, this.#ctx);
      const from = this.#at;
      this.#at = Math.min(from + batch, starts.length);
      const count = this.#at - from;
      // A record has one time in all runs, whenever it is read.
      const times = Float64Array.from({ length: count }, (_, i) => SIM_START_MS + from + i);
      yield {
        count,
        bytes,
        starts: starts.subarray(from, this.#at),
        ends: ends.subarray(from, this.#at),
        time: times[0]!,
        times,
        next: this.#at,
        positionOf: (i) => from + i,
      };
    }
  }

  async acknowledge(position: unknown): Promise<void> {
    if (typeof position === "number" && position > this.#progress.durable) {
      this.#progress.durable = position;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
  }
}

function sleep(ms: number, { clock }: SourceContext): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

function isDurable({ frames, durable }: InputProgress): boolean {
  return durable >= frames.starts.length;
}

/** @throws {WallarooError} `no_input`, `no_source`, `no_bytes`, `no_end` */
export function checkInputs(pipeline: Pipeline, inputs: ReadonlyMap<string, unknown>): void {
  const sources = pipeline.steps.flatMap(({ name, spec }) =>
    spec.kind === "source" ? [{ name, source: spec.source }] : [],
  );
  const all = sources.map(({ name }) => name).join(", ");
  for (const name of inputs.keys()) {
    if (sources.some((one) => one.name === name)) continue;
    throw userError("no_source", `--input ${name}: the app has no such source; it has: ${all}`);
  }
  for (const { name, source } of sources) {
    if (source.decode === undefined && inputs.has(name)) {
      const text = `source "${name}" (${source.about}) makes records without bytes: leave it away`;
      throw userError("no_bytes", `--input ${name}: ${text}`);
    }
    if (source.decode === undefined && source.isEndless === true) {
      throw userError("no_end", `source "${name}" (${source.about}) has no end: ${END_TEXT}`);
    }
    if (source.decode !== undefined && !inputs.has(name)) {
      const text = `give it a file: --input ${name}=FILE`;
      throw userError("no_input", `source "${name}" (${source.about}) has no input: ${text}`);
    }
  }
}
