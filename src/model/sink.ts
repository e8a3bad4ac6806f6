/** What a sink is. Written by authors of connectors; driven by the worker. */
import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Disk } from "../ports/disk.ts";
import type { Logger } from "../ports/logger.ts";
import type { Network } from "../ports/network.ts";
import type { Random } from "../ports/random.ts";
import type { Stdio } from "../ports/stdio.ts";
import type { Encoder } from "./codec.ts";

/** The number of a checkpoint: used once, growing, with gaps. */
export type Epoch = number;

/**
 * What a reader of the sink's target can rely on after a failure. `exactly-once`: each record is
 * there once. `at-least-once`: none is missing, some may come again. `at-most-once`: some may be
 * missing; where the job goes back to a checkpoint, what came behind it may come again as well.
 */
export type Delivery = "exactly-once" | "at-least-once" | "at-most-once";

const WEAKEST: readonly Delivery[] = ["at-most-once", "at-least-once", "exactly-once"];

/** What a reader of both can rely on. */
export function weaker(a: Delivery, b: Delivery): Delivery {
  return WEAKEST.indexOf(a) < WEAKEST.indexOf(b) ? a : b;
}

/** A sink's writer. Its transaction is named by job, sink, index, generation and epoch. */
export interface SinkWriter<T, Pending = unknown> extends AsyncDisposable {
  /**
   * Takes the records in order; the array is the runtime's again when the call, or the promise that
   * it gave, is done. A promise means: not yet; nothing more comes until it resolves, and the job's
   * inputs wait. It stays pending while the target is slow or away. A rejection ends the job.
   */
  write(records: readonly T[]): void | Promise<void>;
  /** The turn is over: what was gathered should leave now. */
  flush(): void;
  /** Makes everything written so far durable, but not visible. Called at barrier `epoch`, when no
   *  `write` is pending; nothing is written until it resolves.
   *  `Pending` is plain data, undefined when there is nothing to commit. */
  prepare(epoch: Epoch): Promise<Pending | undefined>;
  /** Facts for people and `/v1`: connections, bytes held, reconnects. */
  stats?(): Readonly<Record<string, number | string>>;
  /** Encodes with this from now on. Called when all that was written is prepared. */
  useEncoder?(encode: Encoder<T>): void;
}

/** Decides prepared transactions; works without the writer, in any process, also after a crash. */
export interface Committer<Pending = unknown> {
  /** Makes it visible. Idempotent. */
  commit(pending: Pending): Promise<void>;
  /** Takes it back. Idempotent. */
  abort(pending: Pending): Promise<void>;
  /** What is prepared and undecided of this sink and job. */
  list(): Promise<readonly PreparedTransaction<Pending>[]>;
}

export interface PreparedTransaction<Pending = unknown> {
  readonly generation: number;
  readonly epoch: Epoch;
  readonly pending: Pending;
}

/** What a sink may use of the world. */
export interface SinkContext {
  readonly job: string;
  readonly sink: string;
  /** Which of the sink's connections this is, from 0. */
  readonly index: number;
  readonly generation: number;
  readonly worker: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly disk: Disk;
  readonly stdio: Stdio;
  readonly log: Logger;
  /** Where a writer can put bytes at `prepare`, and its committer find them in any process; names
   *  are the sink's own. Absent where the job keeps no checkpoints. */
  readonly staging?: BlobStore | undefined;
}

/** A sink for records of type T. */
export interface Sink<T, Pending = unknown> {
  readonly kind: string;
  /** For people: `tcp 127.0.0.1:7002, lines of json`. */
  readonly about: string;
  readonly delivery: Delivery;
  /** Several writers would spoil each other's output: without `connections` there is one in the
   *  whole cluster, and more are refused with this as the reason. */
  readonly oneWriter?: string;
  /** Where records can be written on one worker only: the name of that worker. */
  homeOf?(record: T): string;
  /**
   * All settings that decide where and how is written, as plain data without functions. Another
   * version of an app whose sink of the same name has an equal one goes on with the writer that is
   * open. Absent: that is closed, after a commit, and a new one opened.
   */
  readonly identity?: unknown;
  /** What its writers encode with, where they do; a writer that is kept is given the new one. */
  readonly encode?: Encoder<T>;
  /** @throws {WallarooError} when it can never work; a target that is only away is no error. */
  open(ctx: SinkContext): Promise<SinkWriter<T, Pending>>;
  /** Absent for sinks that cannot commit. */
  committer?(ctx: SinkContext): Promise<Committer<Pending>>;
}
