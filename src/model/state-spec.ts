import type { Codec } from "./codec.ts";
import type { StepContext } from "./context.ts";
import type { Key } from "./key.ts";

/** When state that nobody touches is dropped. */
export interface Ttl {
  readonly afterMs: number;
  /** By the wall clock, or by the event time of the step's records. */
  readonly time: "processing" | "event";
}

/** What kind of thing a key's state is; `several` has a field for each of its parts. */
export type StateKind = "value" | "map" | "list" | "several";

/** How the state of one key begins, and how it is kept. S is what the step's function gets. */
export interface StateSpec<S> {
  readonly kind: StateKind;
  /** Makes the state of a key at its first record; absent for maps, lists and several. */
  readonly init?: (key: Key, ctx: StepContext) => S;
  /** Starts at 1. Bump when the shape changes; `upgrade` then sees the old value. */
  readonly version: number;
  readonly upgrade?: (old: unknown, fromVersion: number) => unknown;
  readonly codec?: Codec<S>;
  /** Values are taken as they are, whatever their fields: see `state-shape.ts`. */
  readonly hasAnyShape?: boolean;
  readonly ttl?: Ttl;
  readonly parts?: readonly (readonly [string, StateSpec<unknown>])[];
}

/** State with entries of its own: each is read, changed and stored by itself. */
export interface MapState<K extends string | number | boolean, V> extends Iterable<
  readonly [K, V]
> {
  readonly size: number;
  get(key: K): V | undefined;
  has(key: K): boolean;
  set(key: K, value: V): void;
  delete(key: K): boolean;
  clear(): void;
  keys(): IterableIterator<K>;
  values(): IterableIterator<V>;
}

/** A list whose entries are stored each by itself; cheap at both ends. */
export interface ListState<V> extends Iterable<V> {
  readonly length: number;
  get(index: number): V | undefined;
  set(index: number, value: V): void;
  push(value: V): void;
  /** Takes the first away. */
  shift(): V | undefined;
  clear(): void;
}
