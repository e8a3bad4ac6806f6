/**
 * The column of keys: none, the records themselves, a field of theirs, or each as it is. Most keys
 * are in their records already, and are not written twice.
 */
import type { ByteWriter } from "../base/bytes.ts";
import { hasToPlain } from "../base/to-plain.ts";
import { SHAPE_NAME_BYTES_MAX } from "../model/wire-limits.ts";
import type { KeyNumbers } from "../model/source.ts";
import type { NumbersReader, NumbersWriter } from "./shape-numbers.ts";
import { badBatch, readLeaf, writeLeaf, type BatchBytes } from "./shape-leaf.ts";
import { TEXT_BYTES_PER_UNIT, type TextReader } from "./shape-text.ts";

/** The flags of a batch. */
export const KEYS = {
  none: 0,
  written: 1,
  records: 2,
  field: 3,
  numbered: 4,
  numberedRecords: 5,
} as const;

/** Writes the keys of `records[start, end)`. Returns how, as one of `KEYS`. */
export function writeKeys(
  keys: readonly unknown[] | undefined,
  records: readonly unknown[],
  start: number,
  end: number,
  into: ByteWriter,
  numbers: KeyNumbers | undefined,
  writer: NumbersWriter,
): number {
  if (keys === undefined) return KEYS.none;
  if (numbers !== undefined) {
    writer.write(numbers, keys, start, end, into, Number.POSITIVE_INFINITY);
    return KEYS.numbered;
  }
  if (areRecords(keys, records, start, end)) return KEYS.records;
  const name = fieldWith(keys[start], records[start]);
  if (name !== undefined && areFields(name, keys, records, start, end)) {
    writeLeaf(name, into);
    return KEYS.field;
  }
  for (let i = start; i < end; i++) writeLeaf(keys[i], into);
  return KEYS.written;
}

/**
 * The keys of `records`, written as `how` says; perhaps `records` itself.
 * @throws {WallarooError} `bad_batch`
 */
export function readKeys(
  how: number,
  from: BatchBytes,
  records: readonly unknown[],
  texts: TextReader,
  reader: NumbersReader,
): readonly unknown[] | undefined {
  switch (how) {
    case KEYS.none:
      return undefined;
    case KEYS.records:
      for (let i = 0; i < records.length; i++) checkKey(records[i], from);
      return records;
    case KEYS.field:
      return fieldsOf(records, from, texts);
    case KEYS.written: {
      const keys: unknown[] = [];
      for (let i = 0; i < records.length; i++) keys.push(readLeaf(from, texts));
      return keys;
    }
    case KEYS.numbered:
      return reader.read(from, records.length, texts);
    default:
      throw badBatch(`flags ${how}`, from.at);
  }
}

function fieldsOf(records: readonly unknown[], from: BatchBytes, texts: TextReader): unknown[] {
  const name = readLeaf(from, texts);
  if (typeof name !== "string") throw badBatch("keys in a field without a name", from.at);
  const keys: unknown[] = [];
  for (let i = 0; i < records.length; i++) {
    const record = records[i];
    if (!isObject(record)) throw badBatch("a record without the field of its key", from.at);
    const key = record[name];
    checkKey(key, from);
    keys.push(key);
  }
  return keys;
}

function areRecords(
  keys: readonly unknown[],
  records: readonly unknown[],
  start: number,
  end: number,
): boolean {
  for (let i = start; i < end; i++) {
    const key = keys[i];
    if (!isSimple(key) || !Object.is(key, records[i])) return false;
  }
  return true;
}

function areFields(
  name: string,
  keys: readonly unknown[],
  records: readonly unknown[],
  start: number,
  end: number,
): boolean {
  for (let i = start; i < end; i++) {
    const key = keys[i];
    const record = records[i];
    if (!isSimple(key) || !isObject(record) || !Object.is(key, record[name])) return false;
  }
  return true;
}

/** A field of a plain record that is its key. Those of views cost as much to read as to write. */
function fieldWith(key: unknown, record: unknown): string | undefined {
  if (!isSimple(key) || !isObject(record) || hasToPlain(record)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(record);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const name = Object.keys(record).find((field) => Object.is(record[field], key));
  if (name === undefined || name === "__proto__" || !name.isWellFormed()) return undefined;
  return name.length * TEXT_BYTES_PER_UNIT > SHAPE_NAME_BYTES_MAX ? undefined : name;
}

function isObject(record: unknown): record is Readonly<Record<string, unknown>> {
  return typeof record === "object" && record !== null;
}

/** Keys that are the same wherever they are compared: no arrays. */
function isSimple(key: unknown): boolean {
  return typeof key === "string" || typeof key === "number" || typeof key === "boolean";
}

function checkKey(key: unknown, from: BatchBytes): void {
  if (!isSimple(key)) throw badBatch("a record that does not have its key", from.at);
}
