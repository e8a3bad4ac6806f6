/**
 * Plain objects without the names of their fields: these stand once in a book beside the values.
 * Most values of one state have the same fields; their names take more bytes and time than they do.
 *
 * A value is a byte: 0, and plain data follows; or n, and the fields of an object follow, each as
 * plain data, in the order of the nth list of names.
 */
import { externalError } from "../base/errors.ts";
import type { ByteWriter } from "../base/bytes.ts";
import {
  NAME_BOOK_FIELDS_MAX,
  NAME_BOOK_LISTS_MAX,
  NAME_BOOK_MISSES_MAX,
} from "../model/limits.ts";
import { writePlain, writePlainFields } from "./plain-write.ts";

const IN_FULL = 0;
const READERS_MAX = 256;

type Fields = Readonly<Record<string, unknown>>;

/** The names of the objects that were written. */
export class NameBook {
  readonly lists: (readonly string[])[] = [];
  #last = 0;
  /** Objects that are in no list: where names are data, there is no end of them. Where all objects
   *  inherit fields, which `writePlainFields` would take for their own, there are no lists. */
  #misses = Object.keys(Object.prototype).length === 0 ? 0 : NAME_BOOK_MISSES_MAX;

  /** @throws {WallarooError} `not_plain`, `record_too_long`; then nothing was written */
  write(value: unknown, into: ByteWriter): void {
    const start = into.at;
    try {
      if (this.#last !== IN_FULL && isBare(value) && this.#writeAs(this.#last, value, into)) return;
      const number = this.#numberOf(value);
      if (number !== IN_FULL && this.#writeAs(number, value as Fields, into)) {
        this.#last = number;
        return;
      }
      into.u8(IN_FULL);
      writePlain(value, into);
    } catch (error) {
      into.at = start;
      throw error;
    }
  }

  /** Whether its names are those of the list; if not, nothing was written. */
  #writeAs(number: number, value: Fields, into: ByteWriter): boolean {
    into.u8(number);
    if (writePlainFields(value, this.lists[number - 1]!, into)) return true;
    into.at--;
    return false;
  }

  #numberOf(value: unknown): number {
    if (!isBare(value) || this.#misses === NAME_BOOK_MISSES_MAX) return IN_FULL;
    const names = Object.keys(value);
    const { lists } = this;
    const number = lists.findIndex((list) => isSame(list, names)) + 1;
    if (number !== 0) return number;
    if (lists.length < NAME_BOOK_LISTS_MAX && canBeList(names)) return lists.push(names);
    this.#misses++;
    return IN_FULL;
  }
}

function isBare(value: unknown): value is Fields {
  if (typeof value !== "object" || value === null) return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}

/** Where the fields come from, one after the other. */
export interface FieldSource {
  field(): unknown;
}

/** Makes an object of its fields. */
export type ReadFields = (from: FieldSource) => object;

const readers = new Map<string, ReadFields>();

/**
 * What reads objects with these names: generated, so that all of them are made as one shape.
 * @throws {WallarooError} `bad_plain` when these cannot be names of a book
 */
export function fieldReader(names: readonly string[]): ReadFields {
  if (!Array.isArray(names) || !canBeList(names)) {
    throw externalError("bad_plain", "a list of names that no object has");
  }
  // Names from outside appear only as JSON texts.
  const fields = names.map((name) => `${JSON.stringify(name)}: from.field()`).join(", ");
  const known = readers.get(fields);
  if (known !== undefined) return known;
  const source = `"use strict"; return function readFields(from) { return { ${fields} }; };`;
  const read = new Function(source)() as ReadFields;
  if (readers.size < READERS_MAX) readers.set(fields, read);
  return read;
}

function canBeList(names: readonly string[]): boolean {
  if (names.length === 0 || names.length > NAME_BOOK_FIELDS_MAX) return false;
  return new Set(names).size === names.length && names.every(isName);
}

/** `__proto__` is no name of a field in an object literal. */
function isName(name: unknown): boolean {
  return typeof name === "string" && name !== "__proto__" && name.isWellFormed();
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
