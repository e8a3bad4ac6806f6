/** Where records enter a chain: batches of a source become records with an event time. */
import { WallarooError } from "../base/errors.ts";
import type { Key } from "../model/key.ts";
import type { Batch, Source } from "../model/source.ts";
import type { OperatorContext } from "./context.ts";
import type { ChainRuntime } from "./runtime.ts";
import type { StepRuntime } from "./step-runtime.ts";

/** The key of everything that `collect` brings together. */
export const COLLECT_KEY: Key = "";

/** Runs records `[from, until)` of a batch; returns the index behind the last one taken. */
export type RunBatch = (batch: Batch<unknown>, from: number, until: number) => number;

/** Makes the function that runs a source's batches. */
export type Entry = (source: SourceEntry) => RunBatch;

/** One source of a task: decodes, and says what was no record. */
export class SourceEntry {
  readonly name: string;
  readonly source: Source<unknown>;
  readonly context: OperatorContext;
  readonly #onInvalid: (error: unknown, bytes: Uint8Array) => void;
  records = 0;
  invalid = 0;

  constructor(
    name: string,
    source: Source<unknown>,
    context: OperatorContext,
    onInvalid: (error: unknown, bytes: Uint8Array) => void,
  ) {
    this.name = name;
    this.source = source;
    this.context = context;
    this.#onInvalid = onInvalid;
  }

  /** The record at `i`, or undefined when it is none (counted, and said). */
  read(batch: Batch<unknown>, i: number): unknown {
    if (batch.records !== undefined) return batch.records[i];
    const { bytes, starts, ends } = batch;
    const { decode } = this.source;
    if (bytes === undefined || starts === undefined || ends === undefined || decode === undefined) {
      throw new WallarooError("bad_batch", `source "${this.name}": a batch without records`, {
        domain: "internal",
      });
    }
    try {
      return decode.decode(bytes, starts[i]!, ends[i]!, this.context);
    } catch (error) {
      this.reject(error, bytes, starts[i]!, ends[i]!);
      return undefined;
    }
  }

  /** Counts bytes that are no record. @throws when the source is to fail on them. */
  reject(error: unknown, bytes: Uint8Array, start: number, end: number): void {
    this.invalid++;
    this.#onInvalid(error, bytes.subarray(start, end));
  }
}

/** Sets the event time of the record in hand by the app's time function, when it has one. */
export function readTime(chain: ChainRuntime, runtime: StepRuntime, record: unknown): void {
  const { spec } = runtime.step;
  if (spec.kind !== "source" || spec.time === undefined) return;
  try {
    chain.time.time = checkTime(spec.time(record, runtime.context));
  } catch (cause) {
    runtime.fail(record, cause);
  }
}

/** Refuses what is no event time. */
export function checkTime(time: unknown): number {
  if (typeof time === "number" && Number.isFinite(time)) return time;
  throw new TypeError(`its time is ${String(time)}: event times are ms since the epoch`);
}
