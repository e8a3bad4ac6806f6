/**
 * Entries of a checkpoint that nobody has asked for since it was read: their bytes, and where each
 * begins. A value is made when its key is asked for, or its group is wanted as a whole; so a job
 * goes on when its files are read and checked, and not when a million objects are made.
 *
 * C1. A key is found by its bytes: keys that are the same have the same bytes, and those of one
 *     never begin those of another. Keys of which that is not so stay out (`coldKeyEnd`).
 * C2. A key is cold here or an entry of its table, never both.
 *
 * Each key group has an index of its own, which is made when all of the group is there: it fits
 * into the processor's cache, where one of all keys would wait for memory at each of them.
 */
import { ByteWriter } from "../base/bytes.ts";
import { writePlain } from "../codec/plain-write.ts";
import type { Key } from "../model/key.ts";
import type { ColdBlock } from "./cold-block.ts";
import { ColdGroup, type ColdRecord } from "./cold-group.ts";
import type { KeptEntry } from "./transfer.ts";
import { readEntry } from "./value-bytes.ts";

/** Where a key that is asked for is written, to be compared. */
const asked = new ByteWriter(256);

export class ColdEntries {
  readonly #blocks: ColdBlock[] = [];
  readonly #groups: (ColdGroup | undefined)[] = [];
  #size = 0;

  /** How many keys are cold, as far as groups were told to be whole. */
  get size(): number {
    return this.#size;
  }

  /** Of a group that is whole. */
  sizeOf(group: number): number {
    return this.#groups[group]?.size ?? 0;
  }

  /** Takes in a record that begins with its key at `at` of the block, after all that are older. */
  add(block: ColdBlock, group: number, at: number, end: number): void {
    this.#group(group).add(this.#number(block), at, end);
  }

  /** The same for a key that has no state any more. */
  drop(block: ColdBlock, group: number, at: number, end: number): void {
    this.#group(group).add(this.#number(block), at, ~end);
  }

  /** All records are there: keys can be asked for when it is over. One group is done for a turn. */
  *finish(): Generator<void, void> {
    for (const group of this.#groups) {
      if (group === undefined) continue;
      group.finish();
      this.#size += group.size;
      yield;
    }
  }

  /** What a key of a group has, which is cold no more; undefined where it is not here. */
  take(key: unknown, group: number): KeptEntry | undefined {
    const found = this.#groups[group];
    if (found === undefined || found.size === 0) return undefined;
    asked.clear();
    // As in a Map, -0 is 0.
    writePlain(key === 0 ? 0 : key, asked);
    return this.#read(found.take(asked.buffer, asked.at), group);
  }

  /** What some key of the group has, as `take`; undefined where none is left. */
  takeOf(group: number): KeptEntry | undefined {
    return this.#read(this.#groups[group]?.takeAny(), group);
  }

  #read(records: readonly ColdRecord[] | undefined, group: number): KeptEntry | undefined {
    if (records === undefined) return undefined;
    this.#size--;
    let kept: KeptEntry | undefined;
    for (const { block: number, at, end } of records) {
      const block = this.#blocks[number]!;
      const { from, plain, form, fields } = block;
      from.at = at;
      from.end = end;
      const key = plain.next(from) as Key; // What a table had written, as below.
      const touchedAt = plain.next(from) as number;
      kept = { key, group, value: readEntry(form, fields, kept?.value, block), touchedAt };
    }
    return kept;
  }

  #group(group: number): ColdGroup {
    return (this.#groups[group] ??= new ColdGroup(this.#blocks));
  }

  #number(block: ColdBlock): number {
    if (this.#blocks.at(-1) !== block) this.#blocks.push(block);
    return this.#blocks.length - 1;
  }
}
