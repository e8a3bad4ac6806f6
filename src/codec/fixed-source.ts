/**
 * The source text of a layout's class, decoder and encoder. Generated, because a getter with its
 * offset written into it costs a load, and one that looks its offset up costs several calls.
 *
 * Names from the user appear only as JSON strings; all else is numbers and names of ours.
 */
import { sizeOf, type Field } from "./fixed-layout.ts";
import { CACHED_TEXT_MAX } from "./text-cache.ts";

const GETTERS: Readonly<Record<string, string>> = {
  u8: "getUint8",
  u16: "getUint16",
  u32: "getUint32",
  u64: "getBigUint64",
  i8: "getInt8",
  i16: "getInt16",
  i32: "getInt32",
  i64: "getBigInt64",
  f32: "getFloat32",
  f64: "getFloat64",
};

/** Whether `v` has a value that the kind can hold. */
const FITS: Readonly<Record<string, string>> = {
  u8: "(v & 0xff) === v",
  u16: "(v & 0xffff) === v",
  u32: "(v >>> 0) === v",
  u64: `typeof v === "bigint" && BigInt.asUintN(64, v) === v`,
  i8: "(v << 24 >> 24) === v",
  i16: "(v << 16 >> 16) === v",
  i32: "(v | 0) === v",
  i64: `typeof v === "bigint" && BigInt.asIntN(64, v) === v`,
  f32: `typeof v === "number"`,
  f64: `typeof v === "number"`,
};

const WRITERS: Readonly<Record<string, (little: boolean) => string>> = {
  u8: () => "into.u8(v)",
  u16: (little) => `into.u16(v, ${little})`,
  u32: (little) => `into.u32(v, ${little})`,
  u64: (little) => `into.u64(v, ${little})`,
  i8: () => "into.u8(v & 0xff)",
  i16: (little) => `into.u16(v & 0xffff, ${little})`,
  i32: (little) => `into.i32(v, ${little})`,
  i64: (little) => `into.i64(v, ${little})`,
  f32: (little) => `into.f32(v, ${little})`,
  f64: (little) => `into.f64(v, ${little})`,
};

/** Text of a function body over `tools`; its result is `{ decode, encode }`. */
export function fixedSource(fields: readonly Field[], littleEndian: boolean): string {
  const size = sizeOf(fields);
  const getters = fields.map(
    (field) => `get ${quote(field)}() { return ${getter(field, littleEndian)}; }`,
  );
  const copies = fields.map((field) => `${quote(field)}: this[${quote(field)}]`);
  const constants = fields.filter((field) => field.constant !== undefined);
  return `"use strict";
const { Chunk, TO_PLAIN, INSPECT, caches, wrongSize, wrongConstant, unfit, badRecord,
  writeText, writeBytes } = tools;
class FixedRecord {
  #chunk; #at;
  constructor(chunk, at) { this.#chunk = chunk; this.#at = at; }
  ${getters.join("\n  ")}
  toJSON() { return { ${copies.join(", ")} }; }
  [TO_PLAIN]() { return this.toJSON(); }
  [INSPECT]() { return this.toJSON(); }
  static copyInto(value, into) {
    if (!(#chunk in value)) return false;
    into.reserve(${size});
    value.#chunk.buffer.copy(into.buffer, into.at, value.#at, value.#at + ${size});
    into.at += ${size};
    return true;
  }
}
let chunk = new Chunk(new Uint8Array(0));
return {
  decode(bytes, start, end) {
    if (end - start !== ${size}) throw wrongSize(end - start);
    if (chunk.bytes !== bytes) chunk = new Chunk(bytes);
    ${constants.map((field) => constantCheck(field, littleEndian)).join("\n    ")}
    return new FixedRecord(chunk, start);
  },
  encode(value, into) {
    if (typeof value !== "object" || value === null) throw badRecord(value);
    if (FixedRecord.copyInto(value, into)) return;
    let v;
    ${fields.map((field) => write(field, littleEndian)).join("\n    ")}
  },
};`;
}

function quote(field: Field): string {
  return JSON.stringify(field.name);
}

function literal(value: number | bigint | string | undefined): string {
  if (typeof value === "bigint") return `${value}n`;
  return typeof value === "string"
    ? JSON.stringify(value)
    : Object.is(value, -0)
      ? "-0"
      : `${value}`;
}

function getter(field: Field, littleEndian: boolean): string {
  const at = `this.#at + ${field.offset}`;
  const end = `this.#at + ${field.offset + field.size}`;
  switch (field.type) {
    case "text":
      return field.size <= CACHED_TEXT_MAX
        ? `caches[${quote(field)}].get(this.#chunk.view, this.#chunk.buffer, ${at})`
        : `this.#chunk.buffer.latin1Slice(${at}, ${end})`;
    case "bytes":
      return `Uint8Array.prototype.slice.call(this.#chunk.bytes, ${at}, ${end})`;
    default:
      return `this.#chunk.view.${GETTERS[field.kind]}(${at}, ${littleEndian})`;
  }
}

function constantCheck(field: Field, littleEndian: boolean): string {
  const at = `start + ${field.offset}`;
  const read =
    field.type === "text"
      ? `chunk.buffer.latin1Slice(${at}, ${at} + ${field.size})`
      : `chunk.view.${GETTERS[field.kind]}(${at}, ${littleEndian})`;
  const wanted = literal(field.constant);
  return `if (${read} !== ${wanted}) throw wrongConstant(${quote(field)}, ${read}, ${wanted});`;
}

function write(field: Field, littleEndian: boolean): string {
  const name = quote(field);
  const read = `v = value[${name}];`;
  const given =
    field.constant === undefined
      ? read
      : `${read} if (v === undefined) v = ${literal(field.constant)};
    else if (v !== ${literal(field.constant)})
      throw wrongConstant(${name}, v, ${literal(field.constant)});`;
  if (field.type === "text") return `${given} writeText(into, v, ${field.size}, ${name});`;
  if (field.type === "bytes") return `${given} writeBytes(into, v, ${field.size}, ${name});`;
  const put = WRITERS[field.kind]!(littleEndian);
  return `${given} if (!(${FITS[field.kind]})) throw unfit(${name}, v, "${field.kind}"); ${put};`;
}
