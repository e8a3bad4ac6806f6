/**
 * Keyed state as objects in memory: good to about a million keys in one process.
 *
 * Owns: one Map per table. Primitive keys are found as they are (Map tells 1 from "1", and takes -0
 * for 0); arrays by the text of their canonical bytes. A key is checked when its state is made, not
 * when it is looked up, so that the hot path pays for one Map lookup and no more.
 *
 * M1. While a snapshot is written, an entry of its instant is saved before it changes or goes: that
 *     is asked where an entry is marked, once per entry and epoch.
 * M2. `groups` holds every entry once, at `entry.at` of its group.
 * M3. What is cold is as if it were an entry that did not change: whoever asks for it gets one.
 */
import { userError } from "../base/errors.ts";
import { plainText } from "../base/plain.ts";
import type { StepContext } from "../model/context.ts";
import { arrayKeyText, type Key, keyGroup } from "../model/key.ts";
import { RECORD_BYTES_MAX, RECORD_TEXT_MAX } from "../model/limits.ts";
import type { StateSpec } from "../model/state-spec.ts";
import type { KeyNumbers } from "../model/source.ts";
import { tableKey } from "../model/state-compare.ts";
import type { ColdEntries } from "./cold-entries.ts";
import { Expiry } from "./expiry.ts";
import { FoundByNumber } from "./found-by-number.ts";
import type { Changes, KeyedState, StateEntry, StateTable, TableId } from "./keyed-state.ts";
import { type EntrySaver, MemoryEntry, ownKey } from "./memory-entry.ts";
import type { KeptEntry } from "./transfer.ts";
import { makeValue, sizeOf } from "./values.ts";

type Primitive = string | number | boolean;

/** Accesses between two looks at how large a value has become. */
const ACCESSES_PER_SIZE_CHECK = 1_024;

export class MemoryTable<S> implements StateTable<S> {
  readonly id: TableId;
  spec: StateSpec<S>;
  epoch = 0;
  /** Read directly by compiled chains. */
  readonly primitives = new Map<Primitive, MemoryEntry<S>>();
  readonly #arrays = new Map<string, MemoryEntry<S>>();
  /** The clock of the ttl: ms, set by the task or by the records. */
  now = 0;
  /** Present where the state has a ttl; then entries are found by `access`. */
  expiry: Expiry<MemoryEntry<S>> | undefined;
  /** Entries by key group, as far as there are some. */
  readonly groups: (MemoryEntry<S>[] | undefined)[] = [];
  /** What was restored and not asked for yet. It has no ttl. M3 */
  cold: ColdEntries | undefined = undefined;
  /** Saves what belongs to a snapshot before it changes, while one is written. */
  saver: EntrySaver | undefined = undefined;
  #changed: MemoryEntry<S>[] = [];
  #removed: Key[] = [];
  readonly #found = new FoundByNumber();
  #accesses = 0;

  constructor(id: TableId, spec: StateSpec<S>) {
    this.id = id;
    this.spec = spec;
    this.expiry = this.#makeExpiry();
  }

  /**
   * Goes on under another spec of the same kind and version, with all values. Where the ttl has
   * another clock now, all keys count as touched at `now` (ms since the epoch).
   */
  rebind(spec: StateSpec<S>, now: number): void {
    const before = this.spec.ttl;
    const { ttl } = spec;
    this.spec = spec;
    if (before?.afterMs === ttl?.afterMs && before?.time === ttl?.time) return;
    this.expiry = this.#makeExpiry();
    if (ttl !== undefined && before?.time !== ttl.time) {
      this.now = ttl.time === "processing" ? now : 0;
      for (const entry of this.entries()) entry.touchedAt = now;
    }
    if (this.expiry !== undefined) for (const entry of this.entries()) this.expiry.add(entry);
  }

  /** Puts in a value that was kept elsewhere; its key had none here. */
  restore(key: Key, group: number, value: S, touchedAt: number): MemoryEntry<S> {
    const entry = new MemoryEntry(key, group, value, this.epoch, touchedAt);
    this.put(entry);
    this.expiry?.add(entry);
    if (this.epoch !== 0) this.#changed.push(entry);
    return entry;
  }

  get size(): number {
    return this.primitives.size + this.#arrays.size + (this.cold?.size ?? 0);
  }

  sizeOf(group: number): number {
    return (this.groups[group]?.length ?? 0) + (this.cold?.sizeOf(group) ?? 0);
  }

  /** How many entries and removals are marked; some may be so twice. */
  get changes(): number {
    return this.#changed.length + this.#removed.length;
  }

  find(key: unknown): MemoryEntry<S> | undefined {
    if (typeof key === "object") return this.findArray(key);
    return this.primitives.get(key as Primitive) ?? this.#warm(key, undefined);
  }

  /** Entries by the numbers of keys. Read and filled by compiled chains. */
  foundBy(numbers: KeyNumbers): unknown[] {
    return this.#found.of(numbers);
  }

  findArray(key: unknown): MemoryEntry<S> | undefined {
    return this.#arrays.get(arrayKeyText(key as readonly unknown[]));
  }

  /** The state of a key for a call: made when new or expired, marked, its ttl begun anew. */
  access(key: unknown, time: number, ctx: StepContext): MemoryEntry<S> {
    const { expiry } = this;
    if (this.spec.ttl?.time === "event" && time > this.now) this.now = time;
    let entry = this.find(key);
    if (entry !== undefined && expiry?.isOver(entry, this.now)) {
      this.remove(key);
      entry = undefined;
    }
    if (entry === undefined) return this.create(key, ctx);
    if (entry.epoch !== this.epoch) this.touch(entry);
    entry.touchedAt = this.now;
    if (++this.#accesses % ACCESSES_PER_SIZE_CHECK === 0) this.checkSize(entry);
    return entry;
  }

  /** Drops up to `max` expired keys. Returns whether more wait. */
  sweep(max: number): boolean {
    return this.expiry?.sweep(this.now, max) ?? false;
  }

  create(key: unknown, ctx: StepContext): MemoryEntry<S> {
    const group = keyGroup(key);
    const warmed = this.#warm(key, group); // M3
    if (warmed !== undefined) {
      this.touch(warmed);
      return warmed;
    }
    const own = ownKey(key as Key);
    const value = makeValue(this.spec, own, ctx) as S;
    const entry = new MemoryEntry(own, group, value, this.epoch, this.now);
    this.put(entry);
    this.expiry?.add(entry);
    if (this.epoch !== 0) this.#changed.push(entry);
    return entry;
  }

  touch(entry: StateEntry<S>): void {
    const own = entry as MemoryEntry<S>; // Tables hold no others.
    this.saver?.before(own); // M1
    own.epoch = this.epoch;
    if (this.epoch !== 0) this.#changed.push(own);
  }

  remove(key: unknown): void {
    const entry = this.find(key);
    if (entry === undefined) return;
    if (entry.epoch !== this.epoch) this.saver?.before(entry); // M1
    this.forget(entry.key);
    if (this.epoch !== 0) this.#removed.push(entry.key);
  }

  /** Makes as if the key had never had state. */
  forget(key: Key): void {
    const entry = this.find(key);
    if (entry === undefined) return;
    entry.isGone = true;
    this.#found.forget();
    const group = this.groups[entry.group]!;
    const last = group.pop()!;
    if (last !== entry) {
      group[entry.at] = last;
      last.at = entry.at;
    }
    entry.at = -1;
    if (typeof key === "object") this.#arrays.delete(arrayKeyText(key));
    else this.primitives.delete(key);
  }

  /** Puts an entry in, or back where `remove` took it out in the same call: to its expiry it was
   *  never away. */
  put(entry: MemoryEntry<S>): void {
    // A removal of it may be noted: what is kept of it then is all of it, not what changed.
    if (entry.isGone) entry.saved = 0;
    entry.isGone = false;
    if (entry.at === -1) {
      const group = (this.groups[entry.group] ??= []);
      entry.at = group.length;
      group.push(entry); // M2
    }
    if (typeof entry.key === "object") this.#arrays.set(arrayKeyText(entry.key), entry);
    else this.primitives.set(entry.key, entry);
  }

  *entries(): IterableIterator<MemoryEntry<S>> {
    for (let group = 0; this.cold !== undefined; group++) this.warmOf(group, Infinity);
    yield* this.primitives.values();
    yield* this.#arrays.values();
  }

  /** Makes up to `max` entries of what is cold in a group. Returns how many. */
  warmOf(group: number, max: number): number {
    const { cold } = this;
    const count = Math.min(max, cold?.sizeOf(group) ?? 0);
    for (let i = 0; i < count; i++) this.#enter(cold!.takeOf(group)!);
    if (cold?.size === 0) this.cold = undefined;
    return count;
  }

  /** M3 */
  #warm(key: unknown, group: number | undefined): MemoryEntry<S> | undefined {
    const kept = this.cold?.take(key, group ?? keyGroup(key));
    if (kept === undefined) return undefined;
    if (this.cold?.size === 0) this.cold = undefined;
    return this.#enter(kept);
  }

  #enter({ key, group, value, touchedAt }: KeptEntry): MemoryEntry<S> {
    const entry = new MemoryEntry(key, group, value as S, 0, touchedAt);
    entry.saved = -1; // A file of the chain has it.
    this.put(entry);
    return entry;
  }

  /** As `barrier`, at a cost that does not depend on what changed: entries that are gone and keys
   *  that are there again are still among them. */
  swap(nextEpoch: number): { readonly changed: MemoryEntry<S>[]; readonly removed: Key[] } {
    const swapped = { changed: this.#changed, removed: this.#removed };
    this.#changed = [];
    this.#removed = [];
    this.epoch = nextEpoch;
    return swapped;
  }

  /** @throws {WallarooError} `state_too_large` */
  checkSize(entry: MemoryEntry<S>): void {
    if (sizeOf(entry.value, RECORD_BYTES_MAX) <= RECORD_BYTES_MAX) return;
    throw userError(
      "state_too_large",
      `step "${this.id.step}": the state of key ${plainText(entry.key, RECORD_TEXT_MAX)} is ` +
        `larger than ${RECORD_BYTES_MAX / 1024 / 1024} MiB, the limit of one value: keep less, ` +
        "use a ttl or ctx.clear(), or mapState(), whose entries count each by itself",
    );
  }

  barrier(nextEpoch: number): Changes<S> {
    // A call that failed may have made an entry that is forgotten, and put back what it removed.
    const { changed, removed } = this.swap(nextEpoch);
    return {
      changed: changed.filter((entry) => this.find(entry.key) === entry),
      removed: removed.filter((key) => this.find(key) === undefined),
    };
  }

  #makeExpiry(): Expiry<MemoryEntry<S>> | undefined {
    const { ttl } = this.spec;
    return ttl && new Expiry(ttl, (entry) => this.remove(entry.key));
  }
}

/** Tables by `tableKey`. */
export type TakenOver = ReadonlyMap<string, MemoryTable<unknown>>;

export class MemoryBackend implements KeyedState {
  readonly #tables: MemoryTable<unknown>[] = [];
  readonly #taken: TakenOver;
  readonly #now: number;

  /** `taken`: tables of another version that this one goes on with, rebound at `now` (ms). */
  constructor(taken: TakenOver = new Map(), now = 0) {
    this.#taken = taken;
    this.#now = now;
  }

  table<S>(id: TableId, spec: StateSpec<S>): MemoryTable<S> {
    // Values of the same step, kind and version: what is S there is S here.
    const taken = this.#taken.get(tableKey(id)) as MemoryTable<S> | undefined;
    taken?.rebind(spec, this.#now);
    const table = taken ?? new MemoryTable<S>(id, spec);
    this.#tables.push(table as unknown as MemoryTable<unknown>);
    return table;
  }

  tables(): readonly MemoryTable<unknown>[] {
    return this.#tables;
  }
}
