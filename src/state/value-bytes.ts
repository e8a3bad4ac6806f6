/**
 * Values of keyed state to bytes and back, of whatever kind: a plain value is written as a whole,
 * maps and lists by what changed in them, unless all is wanted.
 *
 * The value of an entry that is plain or of the app's own codec: its bytes, up to the end of the
 * record; a plain one in the form of `plain-names.ts`. All others, and parts of several:
 * value: size u32, bytes. map: whole?, count, (key, there?, value)*. list: whole?, first, end,
 * count, (number, value)*. several: its parts in the order of the header.
 */
import type { ByteReader, ByteWriter } from "../base/bytes.ts";
import { unreachable } from "../base/assert.ts";
import { externalError } from "../base/errors.ts";
import type { NameBook, ReadFields } from "../codec/plain-names.ts";
import { type PlainReader, readPlain } from "../codec/plain-read.ts";
import { writePlain } from "../codec/plain-write.ts";
import type { Codec } from "../model/codec.ts";
import type { StateKind, StateSpec } from "../model/state-spec.ts";
import { EntryList, EntryMap } from "./entry-map.ts";

/** What decides the form of a value's bytes: of the spec that it was written with. */
export interface ValueForm {
  readonly kind: StateKind;
  readonly codec?: Codec<never> | undefined;
  readonly parts?: readonly (readonly [string, ValueForm])[] | undefined;
}

export function formOf({ kind, codec, parts }: StateSpec<unknown>): ValueForm {
  return {
    kind,
    codec: codec as Codec<never> | undefined, // It is given back what it has made.
    parts: parts?.map(([name, part]) => [name, formOf(part)] as const),
  };
}

const SIZE_BYTES = 4;

/** Writes the value of an entry, the last of its record. `isWhole`: as for `writeValue`. */
export function writeEntry(
  form: ValueForm,
  names: NameBook,
  value: unknown,
  isWhole: boolean,
  into: ByteWriter,
): void {
  if (form.kind !== "value") writeValue(form, value, isWhole, into);
  else if (form.codec === undefined) names.write(value, into);
  else form.codec.encode(value as never, into);
}

/** Where entries of a table of a file are read. */
export interface EntrySource {
  /** What was open is what `from` reads. */
  readonly plain: PlainReader;
  readonly from: ByteReader;
}

/**
 * Reads the value of an entry that `writeEntry` wrote, up to the end of its record. `fields`: by
 * the lists of names of the file. `before`: as for `readValue`.
 * @throws {WallarooError} `bad_snapshot`, `bad_plain`
 */
export function readEntry(
  form: ValueForm,
  fields: readonly ReadFields[],
  before: unknown,
  { plain, from }: EntrySource,
): unknown {
  if (form.kind !== "value") return readValue(form, before, from);
  if (form.codec !== undefined) {
    const start = from.skip(from.left);
    return form.codec.decode(from.source, start, from.at);
  }
  const number = from.u8();
  if (number === 0) return plain.next(from);
  const read = fields[number - 1];
  if (read !== undefined) return plain.object(read, from);
  throw externalError("bad_snapshot", `list ${number} of names, of ${fields.length}`);
}

/** Writes one value. `isWhole`: all of it, else what changed since it was written last. */
export function writeValue(
  form: ValueForm,
  value: unknown,
  isWhole: boolean,
  into: ByteWriter,
): void {
  switch (form.kind) {
    case "value":
      writeSized(value, form.codec, into);
      return;
    case "map":
      writeMap(value as EntryMap<unknown>, form, isWhole, into);
      return;
    case "list":
      writeList(value as EntryList<unknown>, form, isWhole, into);
      return;
    case "several": {
      const parts = value as Readonly<Record<string, unknown>>;
      for (const [name, part] of form.parts ?? []) writeValue(part, parts[name], isWhole, into);
    }
  }
}

function writeMap(map: EntryMap<unknown>, form: ValueForm, all: boolean, into: ByteWriter): void {
  const isWhole = all || !map.isTracked;
  const changed = map.barrier();
  const entries = map.peek();
  into.u8(isWhole ? 1 : 0);
  into.varint(isWhole ? entries.size : changed.size);
  for (const key of isWhole ? entries.keys() : changed) {
    writeSized(key, undefined, into);
    const isThere = entries.has(key);
    into.u8(isThere ? 1 : 0);
    if (isThere) writeSized(entries.get(key), form.codec, into);
  }
}

function writeList(
  list: EntryList<unknown>,
  form: ValueForm,
  all: boolean,
  into: ByteWriter,
): void {
  const isWhole = all || !list.isTracked;
  const changed = list.barrier();
  const entries = list.peek();
  const [first, end] = list.bounds;
  const numbers = [...(isWhole ? entries.keys() : changed)].filter((at) => entries.has(at));
  into.u8(isWhole ? 1 : 0);
  into.varint(first);
  into.varint(end);
  into.varint(numbers.length);
  for (const at of numbers) {
    into.varint(at as number);
    writeSized(entries.get(at), form.codec, into);
  }
}

function writeSized(value: unknown, codec: Codec<never> | undefined, into: ByteWriter): void {
  // The size is written when it is known: a buffer between costs more than the bytes it saves.
  const start = into.at;
  into.u32(0);
  if (codec === undefined) writePlain(value, into);
  else codec.encode(value as never, into);
  into.view.setUint32(start, into.at - start - SIZE_BYTES);
}

/**
 * Reads one value that `writeValue` wrote. `before`: what the key has so far, which is changed and
 * returned where only a change was written.
 * @throws {WallarooError} `bad_snapshot`
 */
export function readValue(form: ValueForm, before: unknown, from: ByteReader): unknown {
  switch (form.kind) {
    case "value":
      return readSized(form.codec, from);
    case "map":
      return readMap(form, before, from);
    case "list":
      return readList(form, before, from);
    case "several": {
      const old = before as Readonly<Record<string, unknown>> | undefined;
      const parts = (form.parts ?? []).map(
        ([name, part]) => [name, readValue(part, old?.[name], from)] as const,
      );
      return Object.fromEntries(parts);
    }
    default:
      return unreachable(form.kind);
  }
}

function readMap(form: ValueForm, before: unknown, from: ByteReader): EntryMap<unknown> {
  const isWhole = from.u8() === 1;
  const map = isWhole ? new EntryMap<unknown>() : before;
  if (!(map instanceof EntryMap)) throw noBefore();
  for (let left = from.varint(); left > 0; left--) {
    const key = readSized(undefined, from) as string | number | boolean;
    const isThere = from.u8() === 1;
    map.load(key, isThere ? readSized(form.codec, from) : undefined, isThere);
  }
  if (isWhole) map.barrier(); // What changes from now on is marked.
  return map;
}

function readList(form: ValueForm, before: unknown, from: ByteReader): EntryList<unknown> {
  const isWhole = from.u8() === 1;
  const list = isWhole ? new EntryList<unknown>() : before;
  if (!(list instanceof EntryList)) throw noBefore();
  const first = from.varint();
  list.loadBounds(first, from.varint());
  for (let left = from.varint(); left > 0; left--) {
    const at = from.varint();
    list.load(at, readSized(form.codec, from));
  }
  if (isWhole) list.barrier(); // What changes from now on is marked.
  return list;
}

function readSized(codec: Codec<never> | undefined, from: ByteReader): unknown {
  const size = from.u32();
  const start = from.skip(size);
  if (codec === undefined) return readPlain(from.source, start, start + size);
  return codec.decode(from.source, start, start + size);
}

function noBefore(): Error {
  return externalError("bad_snapshot", "a change is kept of a state that is not there");
}
