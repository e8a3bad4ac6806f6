/**
 * Keyed state as objects in memory: good to about a million keys in one process.
 *
 * Owns: one Map per table. Primitive keys are found as they are (Map tells 1 from "1", and takes -0
 * for 0); arrays by the text of their canonical bytes. A key is checked when its state is made, not
 * when it is looked up, so that the hot path pays for one Map lookup and no more.
 */
import { WallarooError } from "../base/errors.ts";
import { notPlain } from "../base/plain.ts";
import type { StepContext } from "../model/context.ts";
import { arrayKeyText, type Key, keyGroup } from "../model/key.ts";
import type { StateSpec } from "../model/state-spec.ts";
import type { Changes, KeyedState, StateEntry, StateTable, TableId } from "./keyed-state.ts";

type Primitive = string | number | boolean;

export class MemoryEntry<S> implements StateEntry<S> {
  readonly key: Key;
  readonly group: number;
  value: S;
  epoch: number;

  constructor(key: Key, group: number, value: S, epoch: number) {
    this.key = key;
    this.group = group;
    this.value = value;
    this.epoch = epoch;
  }
}

export class MemoryTable<S> implements StateTable<S> {
  readonly id: TableId;
  readonly spec: StateSpec<S>;
  epoch = 0;
  /** Read directly by compiled chains. */
  readonly primitives = new Map<Primitive, MemoryEntry<S>>();
  readonly #arrays = new Map<string, MemoryEntry<S>>();
  #changed: StateEntry<S>[] = [];
  #removed: Key[] = [];

  constructor(id: TableId, spec: StateSpec<S>) {
    this.id = id;
    this.spec = spec;
  }

  get size(): number {
    return this.primitives.size + this.#arrays.size;
  }

  find(key: unknown): MemoryEntry<S> | undefined {
    if (typeof key === "object") return this.findArray(key);
    return this.primitives.get(key as Primitive);
  }

  findArray(key: unknown): MemoryEntry<S> | undefined {
    return this.#arrays.get(arrayKeyText(key as readonly unknown[]));
  }

  create(key: unknown, ctx: StepContext): MemoryEntry<S> {
    const group = keyGroup(key);
    const own = ownKey(key as Key);
    const value = this.spec.init(own, ctx);
    checkState(value);
    const entry = new MemoryEntry(own, group, value, this.epoch);
    if (typeof own === "object") this.#arrays.set(arrayKeyText(own), entry);
    else this.primitives.set(own, entry);
    if (this.epoch !== 0) this.#changed.push(entry);
    return entry;
  }

  touch(entry: StateEntry<S>): void {
    entry.epoch = this.epoch;
    if (this.epoch !== 0) this.#changed.push(entry);
  }

  remove(key: unknown): void {
    const existed =
      typeof key === "object"
        ? this.#arrays.delete(arrayKeyText(key as readonly unknown[]))
        : this.primitives.delete(key as Primitive);
    if (existed && this.epoch !== 0) this.#removed.push(key as Key);
  }

  /** Makes as if the key had never had state. */
  forget(key: Key): void {
    if (typeof key === "object") this.#arrays.delete(arrayKeyText(key));
    else this.primitives.delete(key);
  }

  /** Puts an entry back that `remove` took out. */
  put(entry: MemoryEntry<S>): void {
    if (typeof entry.key === "object") this.#arrays.set(arrayKeyText(entry.key), entry);
    else this.primitives.set(entry.key, entry);
  }

  *entries(): IterableIterator<MemoryEntry<S>> {
    yield* this.primitives.values();
    yield* this.#arrays.values();
  }

  *entriesOfGroup(group: number): IterableIterator<MemoryEntry<S>> {
    for (const entry of this.entries()) if (entry.group === group) yield entry;
  }

  barrier(nextEpoch: number): Changes<S> {
    const changes = { changed: this.#changed, removed: this.#removed };
    this.#changed = [];
    this.#removed = [];
    this.epoch = nextEpoch;
    return changes;
  }
}

export class MemoryBackend implements KeyedState {
  readonly #tables: MemoryTable<unknown>[] = [];

  table<S>(id: TableId, spec: StateSpec<S>): MemoryTable<S> {
    const table = new MemoryTable<S>(id, spec);
    this.#tables.push(table as unknown as MemoryTable<unknown>);
    return table;
  }

  tables(): readonly MemoryTable<unknown>[] {
    return this.#tables;
  }
}

/** A key that pins no larger text: a substring would hold the whole chunk it was cut from. */
function ownKey(key: Key): Key {
  if (typeof key === "string") return ownText(key);
  if (typeof key !== "object") return key;
  return Object.freeze(key.map((part) => (typeof part === "string" ? ownText(part) : part)));
}

function ownText(text: string): string {
  const bytes = Buffer.from(text, "utf8");
  return bytes.utf8Slice(0, bytes.length);
}

function checkState(value: unknown): void {
  if (typeof value !== "object" || value === null) {
    throw new WallarooError(
      "state_not_plain",
      `state(init) gave ${value === null ? "null" : typeof value}: state is changed in place, ` +
        "so it must be an object, such as { count: 0 }",
      { domain: "user" },
    );
  }
  const found = notPlain(value);
  if (found !== undefined) {
    throw new WallarooError(
      "state_not_plain",
      `state is not plain data (${found}): use objects, arrays, Map, Set, Date, typed arrays`,
      { domain: "user" },
    );
  }
}
