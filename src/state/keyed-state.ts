/**
 * The contract of a state backend: (key group, step, key, namespace) to a value that is changed in
 * place, with the entries that changed since a barrier. One task owns a key group, so access is
 * serial and needs no lock.
 */
import type { StepContext } from "../model/context.ts";
import type { Key } from "../model/key.ts";
import type { StateSpec } from "../model/state-spec.ts";

/** Which state of a step: its name (`""` for a single one). Several tables may share a step. */
export interface TableId {
  readonly step: string;
  readonly namespace: string;
}

/** The state of one key. */
export interface StateEntry<S> {
  readonly key: Key;
  /** The key's group, which moves as a unit. */
  readonly group: number;
  /** Changed in place; assigned only by operators whose accumulators are values. */
  value: S;
  /** The epoch in which it was last marked as changed. */
  epoch: number;
}

/** What changed since the last barrier. */
export interface Changes<S> {
  readonly changed: readonly StateEntry<S>[];
  readonly removed: readonly Key[];
}

/** One state of one step: all keys of the groups that a task owns. */
export interface StateTable<S> {
  readonly id: TableId;
  readonly spec: StateSpec<S>;
  readonly size: number;
  /** The epoch that accesses are marked with. 0 while nothing tracks changes. */
  readonly epoch: number;
  /** The entry of a key, if it has state. */
  find(key: unknown): StateEntry<S> | undefined;
  /** Makes the state of a key that has none.
   *  @throws {WallarooError} `bad_key`, `state_not_plain` */
  create(key: unknown, ctx: StepContext): StateEntry<S>;
  /** Marks an entry as about to change. Called only when `entry.epoch` is not `epoch`. */
  touch(entry: StateEntry<S>): void;
  /** Drops the state of a key. */
  remove(key: unknown): void;
  entries(): IterableIterator<StateEntry<S>>;
  /** Starts to track changes, or a new epoch; returns what changed in the one before. */
  barrier(nextEpoch: number): Changes<S>;
}

/** The tables of one task. */
export interface KeyedState {
  table<S>(id: TableId, spec: StateSpec<S>): StateTable<S>;
  tables(): readonly StateTable<unknown>[];
}
