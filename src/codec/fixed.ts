import "../base/buffer.ts";
import type { ByteWriter } from "../base/bytes.ts";
import { externalError, userError } from "../base/errors.ts";
import { asBuffer } from "../base/line-cutter.ts";
import { hex, plainText } from "../base/plain.ts";
import { TO_PLAIN } from "../base/to-plain.ts";
import type { Codec } from "../model/codec.ts";
import { RECORD_TEXT_MAX } from "../model/limits.ts";
import { fieldsOf, sizeOf, type FixedRecord, type Layout } from "./fixed-layout.ts";
import { fixedSource } from "./fixed-source.ts";
import { CACHED_TEXT_MAX, TextCache } from "./text-cache.ts";

export { toObject } from "../base/to-plain.ts";
export type { FixedRecord, Layout } from "./fixed-layout.ts";

export interface FixedOptions {
  /** Order of the bytes of numbers. Default `"big"`. */
  readonly endian?: "big" | "little";
}

const SPACE = 32;
const LATIN1_MAX = 0xff;
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** What all records of one chunk share: one view and one Buffer, made once. */
class Chunk {
  readonly bytes: Uint8Array;
  readonly buffer: Buffer;
  readonly view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.buffer = asBuffer(bytes);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

/**
 * Records of a fixed binary layout: fields in the order of their bytes, without gaps. Numbers are
 * big-endian unless told otherwise; `u64` and `i64` are bigint. `textN` is N characters of Latin-1
 * (ASCII included) as they are, spaces too: reading trims nothing, writing fills a shorter text
 * with spaces on its right and refuses a longer one. `bytesN` is a copy. `["u8", 1]` is a constant:
 * another value is no such record.
 *
 * A decoded record is a **view**: its fields are read from the bytes when they are asked for, so a
 * field that nobody reads costs nothing. It is read-only and has no fields of its own: spreading it
 * (`{ ...record }`) or `Object.assign` copies nothing. `toObject(record)` gives a plain object;
 * JSON, logs, state and other workers get that by themselves. A view keeps the chunk it came in
 * (up to 512 KiB) alive: take `toObject(record)` or single fields, which are values of their own,
 * into what lives long.
 *
 * Encoding takes plain objects and views alike. An integer that does not fit is refused.
 *
 * @throws {WallarooError} `bad_layout` at once; `bad_record` naming both sizes, or the field
 * @example
 * const order = fixed({ type: ["u8", 1], symbol: "text4", price: "f64" });
 * // Codec<{ readonly type: 1; readonly symbol: string; readonly price: number }>
 */
export function fixed<const L extends Layout>(
  layout: L,
  options: FixedOptions = {},
): Codec<FixedRecord<L>> & { readonly about: string; readonly size: number } {
  const fields = fieldsOf(layout);
  const size = sizeOf(fields);
  const { endian = "big" } = options;
  if (endian !== "big" && endian !== "little") {
    throw userError("bad_layout", `fixed: endian is ${JSON.stringify(endian)}, use big or little`);
  }
  const caches: Record<string, TextCache> = {};
  for (const field of fields) {
    if (field.type === "text" && field.size <= CACHED_TEXT_MAX) {
      caches[field.name] = new TextCache(field.size);
    }
  }
  const wrongSize = (given: number): Error =>
    externalError("bad_record", `record of ${given} bytes, the layout has ${size}`);
  const tools = {
    Chunk,
    TO_PLAIN,
    INSPECT,
    caches,
    wrongSize,
    wrongConstant,
    unfit,
    badRecord,
    writeText,
    writeBytes,
  };
  // oxlint-disable-next-line typescript/no-implied-eval -- one class per layout, see fixed-source
  const make = new Function("tools", fixedSource(fields, endian === "little"));
  // The text was generated from this very layout, so its functions have these types.
  const codec = make(tools) as Codec<FixedRecord<L>>;
  return { about: `fixed records of ${size} bytes`, size, ...codec };
}

function wrongConstant(field: string, given: unknown, wanted: unknown): Error {
  const kind = `${field} is ${text(given)}, this kind of record has ${text(wanted)}`;
  return externalError("bad_record", kind);
}

function unfit(field: string, given: unknown, kind: string): Error {
  return userError("bad_record", `${field} is ${text(given)}, which is no ${kind}`);
}

function badRecord(given: unknown): Error {
  return userError("bad_record", `fixed writes objects, got ${text(given)}`);
}

function writeText(into: ByteWriter, value: unknown, size: number, field: string): void {
  if (typeof value !== "string") throw unfit(field, value, `text${size}`);
  if (value.length > size) {
    throw userError("bad_record", `${field} has ${value.length} characters, room for ${size}`);
  }
  into.reserve(size);
  const { buffer, at } = into;
  for (let i = 0; i < size; i++) {
    const unit = i < value.length ? value.charCodeAt(i) : SPACE;
    if (unit > LATIN1_MAX) throw unfit(field, value, "text of Latin-1 characters");
    buffer[at + i] = unit;
  }
  into.at = at + size;
}

function writeBytes(into: ByteWriter, value: unknown, size: number, field: string): void {
  if (!(value instanceof Uint8Array)) throw unfit(field, value, `bytes${size}`);
  if (value.length !== size) {
    throw userError("bad_record", `${field} has ${value.length} bytes, the layout ${size}`);
  }
  into.bytes(value);
}

function text(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  return value instanceof Uint8Array ? hex(value) : plainText(value, RECORD_TEXT_MAX);
}
