/** A value of any kind inside a batch: a byte that says what it is, and its bytes. */
import { externalError } from "../base/errors.ts";
import type { ByteWriter } from "../base/bytes.ts";
import { RECORD_BYTES_MAX } from "../model/limits.ts";
import { readPlain } from "./plain-read.ts";
import { writePlain } from "./plain-write.ts";
import { LONG_ASCII, putText, TEXT_LENGTH_BYTES, type TextReader } from "./shape-text.ts";
import { TEXT_BYTES_PER_UNIT } from "./shape-text.ts";

const LEAF = { undefined: 0, null: 1, false: 2, true: 3, f64: 4, text: 5, plain: 6 } as const;
const PLAIN_LENGTH_BYTES = 4;

/** @throws {WallarooError} `not_plain`, `record_too_long` */
export function writeLeaf(value: unknown, into: ByteWriter): void {
  switch (typeof value) {
    case "undefined":
      into.u8(LEAF.undefined);
      return;
    case "boolean":
      into.u8(value ? LEAF.true : LEAF.false);
      return;
    case "number":
      into.u8(LEAF.f64);
      into.f64(value);
      return;
    case "string":
      if (writeTextLeaf(value, into)) return;
      break;
    default:
      if (value === null) {
        into.u8(LEAF.null);
        return;
      }
  }
  into.u8(LEAF.plain);
  writeSizedPlain(value, into);
}

/** A value in its general form, its length in four bytes before it. */
export function writeSizedPlain(value: unknown, into: ByteWriter): void {
  const at = into.at;
  into.u32(0);
  writePlain(value, into);
  into.patchU32(at, into.at - at - PLAIN_LENGTH_BYTES);
}

/** False, and nothing is written, where UTF-8 cannot write the text. */
function writeTextLeaf(text: string, into: ByteWriter): boolean {
  into.reserve(1 + TEXT_LENGTH_BYTES + text.length * TEXT_BYTES_PER_UNIT);
  const start = into.at;
  const end = putText(into.buffer, into.view, start + 1, text);
  if (end < 0) return false;
  into.buffer[start] = LEAF.text;
  into.at = end;
  return true;
}

/** Bytes of a batch that are being read; `at` moves. */
export interface BatchBytes {
  readonly bytes: Uint8Array;
  readonly buffer: Buffer;
  readonly view: DataView;
  readonly end: number;
  at: number;
}

/** @throws {WallarooError} `bad_batch`, `bad_plain`, `bad_utf8` */
export function readLeaf(from: BatchBytes, texts: TextReader): unknown {
  const tag = readByte(from);
  switch (tag) {
    case LEAF.undefined:
      return undefined;
    case LEAF.null:
      return null;
    case LEAF.false:
      return false;
    case LEAF.true:
      return true;
    case LEAF.f64: {
      const at = take(from, 8);
      return from.view.getFloat64(at);
    }
    case LEAF.text: {
      const mark = readByte(from);
      const size = mark < LONG_ASCII ? mark : readU32(from);
      const at = take(from, size);
      return texts.read(from.buffer, at, size, mark);
    }
    case LEAF.plain:
      return readSizedPlain(from);
    default:
      throw badBatch(`a value of kind ${tag}`, from.at - 1);
  }
}

export function readSizedPlain(from: BatchBytes): unknown {
  const size = readU32(from);
  if (size > RECORD_BYTES_MAX) throw badBatch(`a value of ${size} bytes`, from.at);
  const at = take(from, size);
  return readPlain(from.bytes, at, at + size);
}

export function readByte(from: BatchBytes): number {
  return from.buffer[take(from, 1)]!;
}

export function readU32(from: BatchBytes): number {
  return from.view.getUint32(take(from, 4));
}

/** The offset of the next `size` bytes, which are passed over. */
export function take(from: BatchBytes, size: number): number {
  const { at } = from;
  if (size > from.end - at) throw tooShort(at);
  from.at = at + size;
  return at;
}

export function tooShort(at: number): Error {
  return badBatch("it ends too soon", at);
}

export function badBatch(what: string, at: number): Error {
  return externalError("bad_batch", `no batch of records: ${what}, at byte ${at}`);
}
