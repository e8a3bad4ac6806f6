/** The contracts between the operators of one task. */
import type { Key } from "../model/key.ts";
import type { Committer, Delivery, Epoch, SinkWriter } from "../model/sink.ts";

/** Receives records. `time` is the record's event time, in ms since the epoch. */
export interface Output {
  push(record: unknown, time: number): void;
}

/** Receives records of a keyed stream. */
export interface KeyedOutput {
  push(record: unknown, time: number, key: Key): void;
}

/**
 * An operator that can have more outputs than fit a turn. It parks itself in the task's control
 * after every output at which the task must stop, and is resumed in a later turn; records that
 * reach it meanwhile wait inside it.
 */
export interface Resumable {
  /** Its place in the order of the graph: the farthest downstream is resumed first. */
  readonly rank: number;
  /** Goes on. Returns true when nothing is left; false when it must be resumed again. */
  resume(): boolean;
}

/** A record whose call had not answered. */
export interface InFlight {
  readonly record: unknown;
  readonly time: number;
  /** Both are absent where it comes by none, and in what older engines kept. */
  readonly key?: Key | undefined;
  readonly split?: readonly [source: string, split: string] | undefined;
}

/** An operator with something to say at the end of the input, or at an interval. */
export interface Closer {
  /** Starts to emit what is left; parks itself like any resumable. */
  close(): void;
  /** True while something that is under way will still be emitted: the task waits for it. */
  readonly isOpen?: boolean;
}

/** A sink's writer, and what decides its transactions, when it has some. */
export interface OpenWriter {
  readonly writer: SinkWriter<unknown>;
  readonly committer: Committer | undefined;
}

/** The writer of a target, and what its sink promises. */
export interface OpenTarget extends OpenWriter {
  readonly delivery: Delivery;
}

/** The end of a chain: one writer, several, or one for each target that the records name. */
export interface SinkEnd extends Output {
  readonly name: string;
  /** Records that writers took. */
  readonly records: number;
  /** Records that were pushed and that no writer took yet. */
  readonly pending: number;
  readonly isBlocked: boolean;
  /** Whether an epoch is being prepared. */
  readonly isPreparing?: boolean;
  /** Hands on what was gathered; called at the end of a turn. */
  flush(): void;
  /**
   * Prepares as `epoch` what was pushed so far. Starts at once: what is pushed meanwhile belongs to
   * the next epoch. Undefined when there is nothing to commit. One at a time.
   */
  prepare(epoch: Epoch): Promise<unknown>;
  /** Commits what `prepare` gave. */
  commit(pending: unknown): Promise<void>;
  stats(): Readonly<Record<string, number | string>>;

  /** Where records may miss the barrier: how many were pushed so far. */
  readonly pushed?: number;
  /** Where records may miss the barrier: all before this number are prepared or committed. */
  readonly sealed?: number;
  /** Records that missed the barrier, since their target is not open, in order: what a snapshot
   *  keeps. They are pushed again when it is restored. */
  waiting?(): readonly unknown[];
  /** Resolves when nothing more happens without a commit. */
  drain?(): Promise<void>;
  /** Closes the writers of targets, which it opened itself. May be called again. */
  closeTargets?(): Promise<void>;
}
