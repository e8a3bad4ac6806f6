/**
 * Writes records as frames. The length goes before the record and is known after it, so room is
 * left and filled later: nothing is copied.
 */
import type { ByteWriter } from "../base/bytes.ts";
import { userError } from "../base/errors.ts";
import type { Encoder } from "../model/codec.ts";
import { frameHeader, type FrameHeader, type FrameKind } from "../model/frame.ts";
import { RECORD_BYTES_MAX } from "../model/limits.ts";

const NEWLINE = 10;
/** Up to this many bytes a loop finds a byte sooner than a call into native code. */
const LOOP_MAX = 48;

export interface FrameWriter {
  /**
   * Encodes one record as one frame, at the end of `into`. After an error `into` is as it was.
   * @throws {WallarooError} `record_too_long`, `line_break`; what the encoder throws
   */
  write<T>(encoder: Encoder<T>, record: T, into: ByteWriter): void;
}

/** A writer of frames of a kind. */
export function frameWriter(kind: FrameKind): FrameWriter {
  const header = frameHeader(kind);
  if (header !== undefined) return new LengthWriter(kind, header);
  return kind === "lines" ? new LineWriter() : new PlainWriter();
}

class LengthWriter implements FrameWriter {
  readonly #kind: FrameKind;
  readonly #headerBytes: 1 | 2 | 4;
  readonly #littleEndian: boolean;
  readonly #bytesMax: number;

  constructor(kind: FrameKind, header: FrameHeader) {
    this.#kind = kind;
    this.#headerBytes = header.bytes;
    this.#littleEndian = header.littleEndian;
    this.#bytesMax = Math.min(header.lengthMax, RECORD_BYTES_MAX);
  }

  write<T>(encoder: Encoder<T>, record: T, into: ByteWriter): void {
    const at = into.at;
    const start = at + this.#headerBytes;
    into.reserve(this.#headerBytes);
    into.at = start;
    encode(encoder, record, into, at);
    const size = into.at - start;
    if (size > this.#bytesMax) {
      into.at = at;
      throw tooLong(size, this.#bytesMax, this.#kind);
    }
    if (this.#headerBytes === 4) into.patchU32(at, size, this.#littleEndian);
    else if (this.#headerBytes === 2) into.patchU16(at, size, this.#littleEndian);
    else into.patchU8(at, size);
  }
}

class LineWriter implements FrameWriter {
  write<T>(encoder: Encoder<T>, record: T, into: ByteWriter): void {
    const start = into.at;
    encode(encoder, record, into, start);
    const end = into.at;
    into.u8(NEWLINE);
    const lineEnd = newlineFrom(into.buffer, start, end);
    if (lineEnd === end && end - start <= RECORD_BYTES_MAX) return;
    into.at = start;
    throw lineEnd < end
      ? lineBreak(lineEnd - start)
      : tooLong(end - start, RECORD_BYTES_MAX, "lines");
  }
}

class PlainWriter implements FrameWriter {
  write<T>(encoder: Encoder<T>, record: T, into: ByteWriter): void {
    const start = into.at;
    encode(encoder, record, into, start);
    const size = into.at - start;
    if (size > RECORD_BYTES_MAX) {
      into.at = start;
      throw tooLong(size, RECORD_BYTES_MAX, "none");
    }
  }
}

function encode<T>(encoder: Encoder<T>, record: T, into: ByteWriter, start: number): void {
  try {
    encoder.encode(record, into);
  } catch (error) {
    into.at = start;
    throw error;
  }
}

/** The first line end from `start`; there is one at `end`, so the search goes no further. */
function newlineFrom(buffer: Buffer, start: number, end: number): number {
  if (end - start > LOOP_MAX) return buffer.indexOf(NEWLINE, start);
  let i = start;
  while (buffer[i] !== NEWLINE) i++;
  return i;
}

function tooLong(size: number, limit: number, kind: FrameKind): Error {
  const hint = limit < RECORD_BYTES_MAX ? "; a frame of u32be has room for 16 MiB" : "";
  return userError(
    "record_too_long",
    `record of ${size} bytes, limit of frame ${kind} is ${limit}${hint}`,
  );
}

function lineBreak(at: number): Error {
  return userError(
    "line_break",
    `record with a line break at byte ${at}: frame "lines" has one line for each record; ` +
      "escape it (json does), emit one record per line, or use a frame with a length (u32be)",
  );
}
