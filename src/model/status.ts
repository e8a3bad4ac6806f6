/** What `/v1`, `run` and tests show of a job. Plain data. */
import type { Address } from "../ports/network.ts";
import type { Delivery } from "./sink.ts";
import type { ProducerStatus } from "./source.ts";

/** `finished`: all input was consumed and committed. `failed`: see `error`. */
export type JobState = "starting" | "running" | "stopping" | "finished" | "stopped" | "failed";

export interface SourceStatus {
  readonly name: string;
  readonly kind: string;
  readonly about: string;
  /** Where producers connect. */
  readonly addresses: readonly Address[];
  readonly splits: number;
  /** Records decoded and handed on. */
  readonly records: number;
  /** Bytes of frames read, where the source reads bytes. */
  readonly bytes: number;
  /** Frames that were no record. */
  readonly invalid: number;
  /** Records (or frames) that arrived and were not processed yet, so that 0 means: consumed. */
  readonly pending: number;
  readonly isFinished: boolean;
  readonly producers: readonly ProducerStatus[];
  readonly facts: Readonly<Record<string, number | string>>;
}

export interface SinkStatus {
  readonly name: string;
  readonly kind: string;
  readonly about: string;
  readonly delivery: Delivery;
  readonly records: number;
  /** Records taken from the pipeline and not yet taken by the writer. */
  readonly pending: number;
  readonly isBlocked: boolean;
  readonly facts: Readonly<Record<string, number | string>>;
}

export interface StepStatus {
  readonly name: string;
  readonly kind: string;
  /** Undefined while metrics are off. */
  readonly recordsIn: number | undefined;
  readonly recordsOut: number | undefined;
  /** Records that failed and were skipped or diverted. */
  readonly failed: number;
  /** Keys with state, for steps that keep some. */
  readonly keys: number | undefined;
}

export interface JobStatus {
  readonly job: string;
  readonly app: string;
  readonly worker: string;
  readonly state: JobState;
  /** What ended it, when `failed`. */
  readonly error: string | undefined;
  /** ms since the epoch. */
  readonly startedAt: number;
  readonly upMs: number;
  readonly metrics: boolean;
  readonly epoch: number;
  /** Which version of the app runs: the hash of its bundle. */
  readonly version?: string;
  /** How often another version took over. */
  readonly reloads?: number;
  readonly sources: readonly SourceStatus[];
  readonly steps: readonly StepStatus[];
  readonly sinks: readonly SinkStatus[];
}
