/**
 * Bytes to plain data. The bytes may be anything: every read is bounded, a count is believed only
 * as far as there are bytes for it, and nothing is allocated for what is only announced.
 */
import "../base/buffer.ts";
import type { ByteReader } from "../base/bytes.ts";
import { externalError, messageOf } from "../base/errors.ts";
import { asBuffer } from "../base/line-cutter.ts";
import { PLAIN_DEPTH_MAX } from "../model/limits.ts";
import {
  BINARY_KINDS,
  SHORT_TEXT,
  SHORT_TEXT_MAX,
  SMALL_INTEGER,
  SMALL_INTEGER_MAX,
  TAG,
} from "./plain-tags.ts";
import type { FieldSource, ReadFields } from "./plain-names.ts";
import { decodeUtf8 } from "./utf8.ts";

/** Names of fields come again with every object: those of few bytes are found by their bytes. */
const NAMES = 1024;
const NAME_BYTES_MAX = 24;
const FNV_PRIME = 0x01000193;

const names: (string | undefined)[] = new Array<string | undefined>(NAMES).fill(undefined);

/**
 * Reads the one value that `bytes[start, end)` is.
 * @throws {WallarooError} `bad_plain` when it is not exactly one value
 */
export function readPlain(bytes: Uint8Array, start: number, end: number): unknown {
  // None is busy, unless something that is read runs code that reads: then that has its own.
  const own = reader.isBusy ? new PlainReader() : reader;
  return own.readAll(bytes, start, end);
}

const NOTHING = Buffer.alloc(0);
/** Bytes that one call after the other reads from stay with the reader, if they are no more. */
const KEPT_BYTES_MAX = 1024 * 1024;

/** Reads many values: one reader for each costs more than what it reads. */
export class PlainReader implements FieldSource {
  isBusy = false;
  #bytes: Uint8Array = NOTHING;
  #buffer: Buffer = NOTHING;
  #view: DataView | undefined = undefined;
  #start = 0;
  #end = 0;
  #at = 0;

  /** Reads from these bytes from now on. */
  open(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#buffer = asBuffer(bytes);
    this.#view = undefined;
  }

  /** The value at `from.at` of the open bytes, which `from` reads, too; it is behind it then. */
  next(from: ByteReader): unknown {
    this.#start = this.#at = from.at;
    this.#end = from.end;
    const value = this.#read(0);
    from.at = this.#at;
    return value;
  }

  /** The same for the fields of an object. */
  object(read: ReadFields, from: ByteReader): object {
    this.#start = this.#at = from.at;
    this.#end = from.end;
    const value = read(this);
    from.at = this.#at;
    return value;
  }

  field(): unknown {
    return this.#read(1);
  }

  readAll(bytes: Uint8Array, start: number, end: number): unknown {
    if (bytes !== this.#bytes) this.open(bytes);
    this.#start = start;
    this.#end = Math.min(end, bytes.length);
    this.#at = start;
    this.isBusy = true;
    try {
      const value = this.#read(0);
      if (this.#at !== this.#end) throw this.#bad(`${this.#end - this.#at} bytes too many`);
      return value;
    } finally {
      this.isBusy = false;
      if (bytes.buffer.byteLength > KEPT_BYTES_MAX) {
        this.#bytes = this.#buffer = NOTHING;
        this.#view = undefined;
      }
    }
  }

  #read(depth: number): unknown {
    const tag = this.#byte();
    if (tag >= SMALL_INTEGER) return tag & SMALL_INTEGER_MAX;
    if (tag >= SHORT_TEXT) return this.#text(tag & SHORT_TEXT_MAX);
    switch (tag) {
      case TAG.undefined:
        return undefined;
      case TAG.null:
        return null;
      case TAG.false:
        return false;
      case TAG.true:
        return true;
      case TAG.positive:
        return this.#varint();
      case TAG.negative:
        return -1 - this.#varint();
      case TAG.number:
        return this.#number();
      case TAG.text:
        return this.#text(this.#length(1));
      case TAG.units:
        return this.#units(this.#length(2));
      case TAG.bigPositive:
        return this.#bigint();
      case TAG.bigNegative:
        return -this.#bigint();
      case TAG.date:
        return new Date(this.#number());
      case TAG.binary:
        return this.#binary();
      default:
        return this.#collection(tag, depth);
    }
  }

  #collection(tag: number, depth: number): unknown {
    if (tag > TAG.binary) throw this.#bad(`unknown tag ${tag}`);
    if (depth === PLAIN_DEPTH_MAX) throw this.#bad(`nested deeper than ${PLAIN_DEPTH_MAX} levels`);
    const inner = depth + 1;
    switch (tag) {
      case TAG.array: {
        const values: unknown[] = [];
        for (let left = this.#length(1); left > 0; left--) values.push(this.#read(inner));
        return values;
      }
      case TAG.object:
        return this.#fields({}, inner);
      case TAG.bareObject:
        return this.#fields(Object.create(null) as Record<string, unknown>, inner);
      case TAG.map: {
        const map = new Map<unknown, unknown>();
        for (let left = this.#length(2); left > 0; left--) {
          const key = this.#read(inner);
          map.set(key, this.#read(inner));
        }
        return map;
      }
      default: {
        const set = new Set<unknown>();
        for (let left = this.#length(1); left > 0; left--) set.add(this.#read(inner));
        return set;
      }
    }
  }

  #fields(into: Record<string, unknown>, depth: number): object {
    for (let left = this.#length(2); left > 0; left--) {
      const name = this.#name();
      const value = this.#read(depth);
      // Assigned, this name would change the prototype.
      if (name === "__proto__") {
        const field = { value, writable: true, enumerable: true, configurable: true };
        Object.defineProperty(into, name, field);
      } else into[name] = value;
    }
    return into;
  }

  #name(): string {
    const tag = this.#byte();
    if (tag >= SMALL_INTEGER) throw this.#bad("a field without a name");
    if (tag >= SHORT_TEXT) {
      const size = tag & SHORT_TEXT_MAX;
      return size <= NAME_BYTES_MAX ? this.#shortName(size) : this.#text(size);
    }
    if (tag === TAG.text) return this.#text(this.#length(1));
    if (tag === TAG.units) return this.#units(this.#length(2));
    throw this.#bad("a field without a name");
  }

  #shortName(size: number): string {
    const start = this.#at;
    if (start + size > this.#end) throw this.#bad("it ends too soon");
    const bytes = this.#bytes;
    let hash = size;
    for (let i = start; i < start + size; i++) hash = Math.imul(hash ^ bytes[i]!, FNV_PRIME);
    const place = (hash ^ (hash >>> 15)) & (NAMES - 1);
    const known = names[place];
    if (known !== undefined && known.length === size) {
      let i = 0;
      while (i < size && known.charCodeAt(i) === bytes[start + i]) i++;
      if (i === size) {
        this.#at = start + size;
        return known;
      }
    }
    const name = this.#text(size);
    // Kept only where it is ASCII, so that its units are its bytes.
    if (name.length === size) names[place] = name;
    return name;
  }

  #byte(): number {
    if (this.#at >= this.#end) throw this.#bad("it ends too soon");
    return this.#bytes[this.#at++]!;
  }

  #varint(): number {
    let value = 0;
    let unit = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      unit *= 0x80;
    }
    throw this.#bad("a number above 2^53");
  }

  /** A count of things that take at least `bytesEach` bytes. */
  #length(bytesEach: number): number {
    const length = this.#varint();
    if (length * bytesEach > this.#end - this.#at) {
      throw this.#bad(`${length} items announced, ${this.#end - this.#at} bytes left`);
    }
    return length;
  }

  #number(): number {
    if (this.#at + 8 > this.#end) throw this.#bad("it ends too soon");
    const { buffer, byteOffset, byteLength } = this.#bytes;
    this.#view ??= new DataView(buffer, byteOffset, byteLength);
    const value = this.#view.getFloat64(this.#at);
    this.#at += 8;
    return value;
  }

  #text(size: number): string {
    const start = this.#at;
    if (start + size > this.#end) throw this.#bad("it ends too soon");
    this.#at = start + size;
    return decodeUtf8(this.#buffer, start, start + size);
  }

  #units(count: number): string {
    const start = this.#at;
    this.#at += count * 2;
    const swapped = Buffer.from(this.#buffer.subarray(start, this.#at)).swap16();
    return swapped.toString("utf16le");
  }

  #bigint(): bigint {
    const size = this.#length(1);
    if (size === 0) throw this.#bad("a bigint without bytes");
    const start = this.#at;
    this.#at += size;
    try {
      return BigInt(`0x${this.#buffer.toString("hex", start, this.#at)}`);
    } catch (error) {
      throw this.#bad(messageOf(error));
    }
  }

  #binary(): object {
    const kind = BINARY_KINDS[this.#byte()];
    if (kind === undefined) throw this.#bad("an unknown kind of binary data");
    const size = this.#length(1);
    if (size % kind.bytesPerItem !== 0) throw this.#bad(`${size} bytes of ${kind.name}`);
    const copy = new ArrayBuffer(size);
    new Uint8Array(copy).set(this.#buffer.subarray(this.#at, this.#at + size));
    this.#at += size;
    return kind.make(copy);
  }

  #bad(what: string): Error {
    const place = `at byte ${this.#at - this.#start} of ${this.#end - this.#start}`;
    return externalError("bad_plain", `not plain data: ${what}, ${place}`);
  }
}

/** One for all calls, one after the other. */
const reader = new PlainReader();
