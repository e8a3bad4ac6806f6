/** The contracts between the operators of one task. */
import type { Key } from "../model/key.ts";

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

/** An operator with something to say at the end of the input, or at an interval. */
export interface Closer {
  /** Starts to emit what is left; parks itself like any resumable. */
  close(): void;
  /** True while something that is under way will still be emitted: the task waits for it. */
  readonly isOpen?: boolean;
}
