/**
 * Map and list state in memory: entries are marked and, in a guarded call, put back one by one.
 *
 * Owns: the entries, which of them changed since a barrier, and the log that undoes a failed call.
 */
import { copyPlain } from "../base/plain.ts";
import { TO_PLAIN } from "../base/to-plain.ts";
import type { ListState, MapState } from "../model/state-spec.ts";

/** State that can take a failed call back without copying all of itself. */
export interface Undoable {
  begin(): void;
  end(): void;
  rollback(): void;
}

type MapKey = string | number | boolean;

const ABSENT = Symbol("absent");

export class EntryMap<V> implements MapState<MapKey, V>, Undoable {
  readonly #entries = new Map<MapKey, V>();
  /** Entries that were read to be changed, written or removed since the last barrier. */
  #changed: Set<MapKey> | undefined = undefined;
  #undo: Map<MapKey, V | typeof ABSENT> | undefined = undefined;

  get size(): number {
    return this.#entries.size;
  }

  get(key: MapKey): V | undefined {
    const value = this.#entries.get(key);
    // What is read may be changed in place.
    if (typeof value === "object" && value !== null) this.#mark(key, value);
    return value;
  }

  has(key: MapKey): boolean {
    return this.#entries.has(key);
  }

  set(key: MapKey, value: V): void {
    this.#mark(key, this.#entries.has(key) ? this.#entries.get(key)! : ABSENT);
    this.#entries.set(key, value);
  }

  delete(key: MapKey): boolean {
    if (!this.#entries.has(key)) return false;
    this.#mark(key, this.#entries.get(key)!);
    return this.#entries.delete(key);
  }

  clear(): void {
    for (const key of Array.from(this.#entries.keys())) this.delete(key);
  }

  keys(): IterableIterator<MapKey> {
    return this.#entries.keys();
  }

  *values(): IterableIterator<V> {
    for (const key of this.#entries.keys()) yield this.get(key)!;
  }

  *[Symbol.iterator](): IterableIterator<readonly [MapKey, V]> {
    for (const key of this.#entries.keys()) yield [key, this.get(key)!];
  }

  /** Emitted as a record, it is a plain map. */
  [TO_PLAIN](): Map<MapKey, V> {
    return copyPlain(this.#entries);
  }

  /** Starts to mark changes anew; returns the keys that changed before. */
  barrier(): ReadonlySet<MapKey> {
    const changed = this.#changed ?? new Set();
    this.#changed = new Set();
    return changed;
  }

  /** Whether changes are marked: since the first barrier. */
  get isTracked(): boolean {
    return this.#changed !== undefined;
  }

  /** All entries, without marking any. */
  peek(): ReadonlyMap<MapKey, V> {
    return this.#entries;
  }

  /** Puts in, or takes out, what was kept elsewhere; marks nothing. */
  load(key: MapKey, value: V | undefined, isThere: boolean): void {
    if (isThere) this.#entries.set(key, value as V);
    else this.#entries.delete(key);
  }

  begin(): void {
    this.#undo = new Map();
  }

  end(): void {
    this.#undo = undefined;
  }

  rollback(): void {
    const undo = this.#undo;
    this.#undo = undefined;
    if (undo === undefined) return;
    for (const [key, value] of undo) {
      if (value === ABSENT) this.#entries.delete(key);
      else this.#entries.set(key, value);
    }
  }

  #mark(key: MapKey, before: V | typeof ABSENT): void {
    this.#changed?.add(key);
    if (this.#undo === undefined || this.#undo.has(key)) return;
    this.#undo.set(key, before === ABSENT ? ABSENT : copyPlain(before));
  }
}

/** A list over a map from a running number to its entry, so that both ends are cheap. */
export class EntryList<V> implements ListState<V>, Undoable {
  readonly #entries = new EntryMap<V>();
  #first = 0;
  #end = 0;
  #before: readonly [number, number] = [0, 0];

  get length(): number {
    return this.#end - this.#first;
  }

  get(index: number): V | undefined {
    return this.#entries.get(this.#first + index);
  }

  set(index: number, value: V): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new RangeError(`index ${index} of a list state of ${this.length}`);
    }
    this.#entries.set(this.#first + index, value);
  }

  push(value: V): void {
    this.#entries.set(this.#end++, value);
  }

  shift(): V | undefined {
    if (this.length === 0) return undefined;
    const value = this.#entries.get(this.#first);
    this.#entries.delete(this.#first++);
    return value;
  }

  clear(): void {
    this.#entries.clear();
    this.#first = this.#end;
  }

  *[Symbol.iterator](): IterableIterator<V> {
    for (let at = this.#first; at < this.#end; at++) yield this.#entries.get(at)!;
  }

  /** Emitted as a record, it is a plain array. */
  [TO_PLAIN](): V[] {
    return copyPlain([...this]);
  }

  barrier(): ReadonlySet<string | number | boolean> {
    return this.#entries.barrier();
  }

  get isTracked(): boolean {
    return this.#entries.isTracked;
  }

  /** The numbers of the first entry and behind the last. */
  get bounds(): readonly [first: number, end: number] {
    return [this.#first, this.#end];
  }

  /** Entries by their numbers, without marking any. */
  peek(): ReadonlyMap<string | number | boolean, V> {
    return this.#entries.peek();
  }

  /** Takes the place of what was there, as far as it is not between the bounds; marks nothing. */
  loadBounds(first: number, end: number): void {
    for (const at of Array.from(this.#entries.peek().keys())) {
      if ((at as number) < first || (at as number) >= end) this.#entries.load(at, undefined, false);
    }
    this.#first = first;
    this.#end = end;
  }

  load(at: number, value: V): void {
    this.#entries.load(at, value, true);
  }

  begin(): void {
    this.#before = [this.#first, this.#end];
    this.#entries.begin();
  }

  end(): void {
    this.#entries.end();
  }

  rollback(): void {
    [this.#first, this.#end] = this.#before;
    this.#entries.rollback();
  }
}
