/** What any step that calls a function may be told: what to do when it throws, its side outputs. */
import { userError } from "../base/errors.ts";
import type { KeyedContext, SideContext, StepContext } from "../model/context.ts";
import type { Key } from "../model/key.ts";
import { mainOutputs, type Step, type StepOptions as SpecOptions } from "../model/pipeline.ts";

/** The end of a record whose step fails for good. */
export type Ending = "fail" | "skip" | "divert";

/** So many calls more, at once, and then the end that is named. */
export interface Retry<Then extends Ending = Ending> {
  readonly retries: number;
  readonly then: Then;
}

/** What a step does when its function throws. */
export type OnError = Ending | Retry;

/**
 * Calls the function again, at once, up to `times` times; then the record ends as `then` says. To
 * wait between attempts, use `asyncMap`.
 */
export function retry<Then extends Ending = "fail">(
  times: number,
  then: Then = "fail" as Then,
): Retry<Then> {
  if (Number.isInteger(times) && times >= 1 && times <= 1000) return { retries: times, then };
  throw userError("bad_step", `retry(${times}): give a whole number from 1 to 1000`);
}

/** A side output and the type of its records. */
export interface Side<T> {
  readonly kind: "side";
  /** Only for the compiler. */
  readonly type?: T;
}

/**
 * Declares a side output: `{ side: { rejected: side<Order>() } }`. The step's function puts values
 * in by `ctx.side("rejected", order)`, and the result has `.side.rejected`, one more stream.
 */
export function side<T>(): Side<T> {
  return { kind: "side" };
}

/** Side outputs by name. */
export type Sides = Record<string, Side<any>>;

/** Options of every step that calls a function. */
export interface StepOptions<D extends Sides, E extends OnError> {
  /** `"fail"` (the default) ends the job; `"skip"` counts and logs the record and goes on;
   *  `"divert"` sends it, with the error, to `.diverted`; `retry(n, then)` tries again first. */
  readonly onError?: E;
  readonly side?: D;
}

/** The types of the side outputs' records. */
export type SideValues<D extends Sides> = {
  readonly [Name in keyof D]: D[Name] extends Side<infer T> ? T : never;
};

/** `{}`: no side outputs. */
export type NoSides = Record<never, never>;

/** The context of a step with side outputs D. */
export type ContextOf<D extends Sides> = [keyof D] extends [never]
  ? StepContext
  : StepContext & SideContext<SideValues<D>>;

/** The context of a keyed step with side outputs D. */
export type KeyedContextOf<K extends Key, D extends Sides> = [keyof D] extends [never]
  ? KeyedContext<K>
  : KeyedContext<K> & SideContext<SideValues<D>>;

/** The options as the graph holds them. @throws {WallarooError} `bad_step` */
export function specOptions(
  step: string,
  options: { readonly onError?: OnError | undefined; readonly side?: Sides | undefined } = {},
): SpecOptions {
  const { onError, side: sides } = options;
  const policy = typeof onError === "string" ? { retries: 0, then: onError } : onError;
  if (policy !== undefined && !["fail", "skip", "divert"].includes(policy.then)) {
    throw userError(
      "bad_step",
      `step "${step}": onError is ${JSON.stringify(onError)}: ` +
        'use "fail", "skip", "divert" or retry(n)',
    );
  }
  return {
    ...(policy === undefined ? {} : { onError: policy }),
    ...(sides === undefined ? {} : { sides: Object.keys(sides) }),
  };
}

/** Adds `.side` and `.diverted` to the stream of a step. */
export function withOutputs<S extends object>(
  step: Step,
  main: S,
  streamOf: (output: number) => object,
): never {
  const { sides, onError } = step.spec as SpecOptions;
  const first = mainOutputs(step.spec);
  if (sides !== undefined && sides.length > 0) {
    const side = Object.fromEntries(sides.map((name, i) => [name, streamOf(first + i)]));
    Object.assign(main, { side });
  }
  if (onError?.then === "divert") {
    Object.assign(main, { diverted: streamOf(first + (sides?.length ?? 0)) });
  }
  return main as never;
}
