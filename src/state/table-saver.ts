/**
 * One table at a barrier: what belongs to the snapshot is encoded piece by piece while records go
 * on.
 *
 * V1. What is written is what was there at `freeze`: an entry that is about to change, or to go,
 *     and is not written yet, is written first.
 * V2. An entry is written at most once in a snapshot: all of it where its group is wanted in full
 *     or it was never written, else what changed.
 * V3. `freeze` costs the same whatever there is and changed.
 *
 * Follows Flink's copy-on-write state map in what it promises; here a marked entry is encoded early
 * instead of copied, since it is about to be encoded anyway.
 */
import type { ByteWriter } from "../base/bytes.ts";
import { messageOf, userError } from "../base/errors.ts";
import { plainText } from "../base/plain.ts";
import { NameBook } from "../codec/plain-names.ts";
import { writePlain } from "../codec/plain-write.ts";
import { type Key, keyGroup } from "../model/key.ts";
import { RECORD_TEXT_MAX } from "../model/limits.ts";
import type { MemoryTable } from "./memory-backend.ts";
import type { EntrySaver, MemoryEntry } from "./memory-entry.ts";
import { formOf, type ValueForm, writeEntry } from "./value-bytes.ts";

/** Where records of a snapshot go. */
export interface RecordSink {
  /** A record of a key group begins: it is written into what is returned. Removals are read before
   *  the others. */
  begin(isRemoval: boolean, group: number): ByteWriter;
  /** It is whole. */
  end(): void;
}

export class TableSaver implements EntrySaver {
  readonly table: MemoryTable<unknown>;
  readonly #index: number;
  readonly #form: ValueForm;
  #count = 0;
  #sink: RecordSink | undefined = undefined;
  /** By group, 1 where it is written in full. */
  #full = new Uint8Array(0);
  #changed: MemoryEntry<unknown>[] = [];
  #removed: Key[] = [];
  #names = new NameBook();
  #fullGroups: readonly number[] = [];
  /** What was written of the snapshot: entries of groups in full, and others that changed. */
  readonly written = { full: 0, fullBytes: 0, changed: 0, changedBytes: 0 };
  /** Kept, so that the compiler does not leave out what it is the sum of. */
  prefetched = 0;
  /** Places in the lists above; in a group from its end, since removals fill gaps from there. */
  #at = { removed: 0, changed: 0, group: 0, isWarm: false, entry: -1 };

  /** `index`: the number of the table in the snapshot's header. */
  constructor(table: MemoryTable<unknown>, index: number) {
    this.table = table;
    this.#index = index;
    this.#form = formOf(table.spec);
  }

  /** Entries and removals since the last snapshot, about: entries may be among them twice. */
  get changes(): number {
    return this.table.changes;
  }

  /** Names of fields that values of the snapshot are written without. */
  get names(): readonly (readonly string[])[] {
    return this.#names.lists;
  }

  /** What is there now is the snapshot. `fullGroups`: those of which all is written. V3 */
  freeze(sink: RecordSink, fullGroups: readonly number[]): void {
    const { table } = this;
    this.#count = Math.max(1, table.epoch + 1);
    const { changed, removed } = table.swap(this.#count);
    this.#full = new Uint8Array(Math.max(0, ...fullGroups) + 1);
    for (const group of fullGroups) this.#full[group] = 1;
    Object.assign(this.written, { full: 0, fullBytes: 0, changed: 0, changedBytes: 0 });
    this.#sink = sink;
    this.#changed = changed;
    this.#removed = removed;
    this.#names = new NameBook();
    this.#fullGroups = fullGroups;
    this.#at = { removed: 0, changed: 0, group: 0, isWarm: false, entry: -1 };
    table.saver = this;
  }

  /** V1 */
  before(entry: MemoryEntry<unknown>): void {
    if (entry.saved === this.#count) return;
    if (entry.epoch === this.#count - 1 || this.#full[entry.group] === 1) this.#write(entry);
  }

  /** Encodes up to `max` entries. Returns how many; fewer when all is done. */
  work(max: number): number {
    let count = 0;
    const at = this.#at;
    const { table } = this;
    for (; count < max && at.removed < this.#removed.length; count++) {
      this.#remove(this.#removed[at.removed++]!);
    }
    const end = Math.min(this.#changed.length, at.changed + max - count);
    this.#prefetch(this.#changed, at.changed, end);
    for (; at.changed < end; count++) this.#writeDue(this.#changed[at.changed++]!);
    while (count < max && at.group < this.#fullGroups.length) {
      const number = this.#fullGroups[at.group]!;
      if (!at.isWarm) {
        count += table.warmOf(number, max - count);
        if (count === max) break;
        at.isWarm = true;
        at.entry = this.#last(at.group);
      }
      const group = table.groups[number] ?? [];
      // It may have become shorter: what went was written before.
      const last = Math.min(at.entry, group.length - 1);
      if (last < 0) {
        at.group++;
        at.isWarm = false;
        continue;
      }
      const from = Math.max(0, last + 1 - (max - count));
      this.#prefetch(group, from, last + 1);
      for (let i = last; i >= from; i--, count++) this.#writeDue(group[i]!);
      at.entry = from - 1;
    }
    if (count < max) this.stop();
    return count;
  }

  /** Nothing more is written of this snapshot. */
  stop(): void {
    this.table.saver = undefined;
    this.#sink = undefined;
    this.#changed = [];
    this.#removed = [];
    this.#fullGroups = [];
  }

  #last(at: number): number {
    const group = this.#fullGroups[at];
    return group === undefined ? -1 : (this.table.groups[group]?.length ?? 0) - 1;
  }

  /**
   * Looks at entries that are about to be written, and writes nothing: what is written is the same
   * without it. Entries, keys and values lie anywhere in memory. Written one after the other, each
   * waits for memory several times; these loads do not depend on each other, so that the processor
   * waits for many at once, and then all is in its caches. Without it a checkpoint costs twice as
   * much (`test/bench/micro/checkpoint.bench.ts`).
   */
  #prefetch(list: readonly MemoryEntry<unknown>[], from: number, to: number): void {
    let sum = 0;
    for (let i = from; i < to; i++) sum += list[i]!.saved;
    for (let i = from; i < to; i++) {
      const { key, value } = list[i]!;
      if (typeof key === "string") sum += key.length;
      if (typeof value === "object") sum++;
    }
    for (let i = from; i < to; i++) {
      const { key } = list[i]!;
      if (typeof key === "string") sum += key.charCodeAt(0);
    }
    this.prefetched = sum;
  }

  /** V2. One that is of the epoch now was written before it changed, or was not there. */
  #writeDue(entry: MemoryEntry<unknown>): void {
    if (entry.isGone || entry.saved === this.#count || entry.epoch === this.#count) return;
    this.#write(entry);
  }

  #write(entry: MemoryEntry<unknown>): void {
    const isFull = this.#full[entry.group] === 1;
    const isWhole = isFull || entry.saved === 0;
    entry.saved = this.#count;
    const into = this.#sink!.begin(false, entry.group);
    const start = into.at;
    into.varint(this.#index);
    writePlain(entry.key, into);
    writePlain(entry.touchedAt, into);
    try {
      writeEntry(this.#form, this.#names, entry.value, isWhole, into);
    } catch (error) {
      throw this.#notWritten(entry.key, error);
    }
    const { written } = this;
    if (isFull) {
      written.full++;
      written.fullBytes += into.at - start;
    } else {
      written.changed++;
      written.changedBytes += into.at - start;
    }
    this.#sink!.end();
  }

  #remove(key: Key): void {
    const into = this.#sink!.begin(true, keyGroup(key));
    into.varint(this.#index);
    writePlain(key, into);
    this.#sink!.end();
  }

  #notWritten(key: Key, cause: unknown): Error {
    const { step } = this.table.id;
    const text = plainText(key, RECORD_TEXT_MAX);
    const why = messageOf(cause);
    return userError(
      "state_not_plain",
      `step "${step}": the state of key ${text} cannot be kept: ${why}`,
      cause,
    );
  }
}
