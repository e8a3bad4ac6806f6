/**
 * Where the records of one key group are that wait as bytes, and which of them a key has: an open-
 * addressing hash table in typed arrays, without an object for a key.
 *
 * G1. Records of a key are given in the order in which they were added: each may be a change of
 *     what those before it gave.
 */
import { fnv1a, mixed } from "../base/hash.ts";
import { SHORT_TEXT, SHORT_TEXT_MAX, SMALL_INTEGER, TAG } from "../codec/plain-tags.ts";
import type { ColdBlock } from "./cold-block.ts";

/** A record: the number of its block, where its key begins, and where it ends. */
export interface ColdRecord {
  readonly block: number;
  readonly at: number;
  readonly end: number;
}

const NONE = -1;
const FEWEST = 8;
/** Numbers of a record: block, place of the key, end (its complement where the key is removed), the
 *  record that it changes. */
const BLOCK = 0;
const AT = 1;
const END = 2;
const BEFORE = 3;
const RECORD_WIDTH = 4;
/** Numbers of an item, which is a key: its hash; its newest record, none when it is not here. */
const HASH = 0;
const NEWEST = 1;
const ITEM_WIDTH = 2;

export class ColdGroup {
  readonly #blocks: readonly ColdBlock[];
  #records = new Int32Array(FEWEST * RECORD_WIDTH);
  #recordCount = 0;
  #items = new Int32Array(0);
  #itemCount = 0;
  /** An item and 1, or 0. At most half are taken. */
  #slots = new Int32Array(0);
  #size = 0;

  constructor(blocks: readonly ColdBlock[]) {
    this.#blocks = blocks;
  }

  /** How many keys are here, when all is in. */
  get size(): number {
    return this.#size;
  }

  add(block: number, at: number, end: number): void {
    const place = this.#recordCount++ * RECORD_WIDTH;
    if (place === this.#records.length) {
      const before = this.#records;
      this.#records = new Int32Array(before.length * 2);
      this.#records.set(before);
    }
    const records = this.#records;
    records[place + BLOCK] = block;
    records[place + AT] = at;
    records[place + END] = end;
    records[place + BEFORE] = NONE;
  }

  /** All records are in. */
  finish(): void {
    const count = this.#recordCount;
    let slots = FEWEST;
    while (slots < count * 2) slots *= 2;
    this.#slots = new Int32Array(slots);
    this.#items = new Int32Array(count * ITEM_WIDTH);
    for (let record = 0; record < count; record++) this.#place(record);
  }

  /** The records of the key that is written in `key[0, size)`, which leaves; undefined without. */
  take(key: Uint8Array, size: number): readonly ColdRecord[] | undefined {
    const item = this.#find(key, 0, size, hashOf(key, 0, size));
    return item === NONE ? undefined : this.#takeItem(item);
  }

  /** The records of some key, which leaves; undefined where there is none. */
  takeAny(): readonly ColdRecord[] | undefined {
    if (this.#size === 0) return undefined;
    // Those behind it have left.
    while (this.#items[(this.#itemCount - 1) * ITEM_WIDTH + NEWEST] === NONE) this.#itemCount--;
    return this.#takeItem(this.#itemCount - 1);
  }

  #takeItem(item: number): readonly ColdRecord[] {
    const found: ColdRecord[] = [];
    const records = this.#records;
    for (let at = this.#items[item * ITEM_WIDTH + NEWEST]!; at !== NONE;) {
      const place = at * RECORD_WIDTH;
      const [block, start, end] = [records[place]!, records[place + AT]!, records[place + END]!];
      found.push({ block, at: start, end });
      at = records[place + BEFORE]!;
    }
    this.#leave(item);
    return found.length === 1 ? found : found.toReversed(); // G1
  }

  #place(record: number): void {
    const records = this.#records;
    const place = record * RECORD_WIDTH;
    const at = records[place + AT]!;
    const end = records[place + END]!;
    const { form, from } = this.#blocks[records[place + BLOCK]!]!;
    const bytes = from.source;
    const keyEnd = coldKeyEnd(bytes, at, end < 0 ? ~end : end);
    const hash = hashOf(bytes, at, keyEnd);
    let item = this.#find(bytes, at, keyEnd, hash);
    if (end < 0) {
      if (item !== NONE) this.#leave(item);
      return;
    }
    if (item === NONE) item = this.#begin(hash);
    const newest = item * ITEM_WIDTH + NEWEST;
    // A plain value is written as a whole each time.
    if (form.kind !== "value") records[place + BEFORE] = this.#items[newest]!;
    this.#items[newest] = record;
  }

  #begin(hash: number): number {
    const item = this.#itemCount++;
    this.#items[item * ITEM_WIDTH + HASH] = hash;
    this.#items[item * ITEM_WIDTH + NEWEST] = NONE;
    this.#size++;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = item + 1;
    return item;
  }

  #leave(item: number): void {
    this.#items[item * ITEM_WIDTH + NEWEST] = NONE;
    this.#size--;
  }

  /** The item of the key that `bytes[start, end)` is, or none. */
  #find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const slots = this.#slots;
    const items = this.#items;
    const mask = slots.length - 1;
    for (let slot = hash & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const item = slots[slot]! - 1;
      if (items[item * ITEM_WIDTH + HASH] !== hash) continue;
      if (this.#isKey(items[item * ITEM_WIDTH + NEWEST]!, bytes, start, end)) return item;
    }
    return NONE;
  }

  #isKey(record: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (record === NONE) return false;
    const place = record * RECORD_WIDTH;
    const own = this.#blocks[this.#records[place + BLOCK]!]!.from.source;
    const shift = this.#records[place + AT]! - start;
    if (end + shift > this.#records[place + END]!) return false;
    for (let i = start; i < end; i++) if (own[i + shift] !== bytes[i]) return false;
    return true;
  }
}

/**
 * Where the key that begins at `at` ends; -1 for one that has to be made at once: an array, whose
 * parts are compared by rules of their own, and a number that is none of the safe integers, among
 * them -0 (C1 of `cold-entries.ts`).
 */
export function coldKeyEnd(bytes: Uint8Array, at: number, end: number): number {
  const tag = bytes[at]!;
  const keyEnd = endBehind(tag, bytes, at + 1);
  return keyEnd > end ? NONE : keyEnd;
}

function endBehind(tag: number, bytes: Uint8Array, at: number): number {
  if (tag >= SMALL_INTEGER) return at;
  if (tag >= SHORT_TEXT) return at + (tag & SHORT_TEXT_MAX);
  switch (tag) {
    case TAG.true:
    case TAG.false:
      return at;
    case TAG.positive:
    case TAG.negative:
      while (bytes[at]! >= 0x80) at++;
      return at + 1;
    case TAG.text: {
      let size = bytes[at]! & 0x7f;
      for (let unit = 0x80; bytes[at++]! >= 0x80; unit *= 0x80) size += (bytes[at]! & 0x7f) * unit;
      return at + size;
    }
    default:
      return NONE;
  }
}

/** As the lists keep it: with a sign. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  return mixed(fnv1a(bytes, start, end)) | 0;
}
