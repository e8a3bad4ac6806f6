/** Records with their frames around them. */
import type { ByteWriter } from "../base/bytes.ts";
import { userError } from "../base/errors.ts";
import type { Encoder } from "../model/codec.ts";
import { frameHeader, type FrameHeader, type FrameKind } from "../model/frame.ts";
import { RECORD_BYTES_MAX } from "../model/limits.ts";

const NEWLINE = 10;

/** Encodes records one after another into one buffer. */
export class FramedEncoder<T> {
  readonly #encoder: Encoder<T>;
  readonly #kind: FrameKind;
  readonly #header: FrameHeader | undefined;
  readonly #bytesMax: number;
  readonly #where: string;

  /** `where`: what to call it in messages. */
  constructor(encoder: Encoder<T>, kind: FrameKind, where: string) {
    this.#encoder = encoder;
    this.#kind = kind;
    this.#header = frameHeader(kind);
    this.#bytesMax = Math.min(RECORD_BYTES_MAX, this.#header?.lengthMax ?? RECORD_BYTES_MAX);
    this.#where = where;
  }

  /** Adds a record; one that fails leaves nothing behind.
   *  @throws {WallarooError} `record_too_large`, `line_end_in_record`, and what the codec throws */
  encode(record: T, into: ByteWriter): void {
    const start = into.at;
    try {
      if (this.#header === undefined) this.#line(record, into, start);
      else this.#frame(record, into, this.#header);
    } catch (error) {
      into.at = start;
      throw error;
    }
  }

  #frame(record: T, into: ByteWriter, header: FrameHeader): void {
    const start = into.at;
    into.reserve(header.bytes);
    into.at = start + header.bytes;
    this.#encoder.encode(record, into);
    const size = into.at - start - header.bytes;
    this.#checkSize(size);
    if (header.bytes === 4) into.patchU32(start, size, header.littleEndian);
    else if (header.bytes === 2) into.patchU16(start, size, header.littleEndian);
    else into.patchU8(start, size);
  }

  #line(record: T, into: ByteWriter, start: number): void {
    this.#encoder.encode(record, into);
    this.#checkSize(into.at - start);
    if (this.#kind !== "lines") return;
    into.u8(NEWLINE);
    // The search always ends at the line end that was just written.
    const lineEnd = into.buffer.indexOf(NEWLINE, start);
    if (lineEnd === into.at - 1) return;
    throw userError(
      "line_end_in_record",
      `${this.#where}: a record has a line end at its byte ${lineEnd - start} and would become two ` +
        'lines: encode with json(), or use a frame such as "u32be"',
    );
  }

  #checkSize(size: number): void {
    if (size <= this.#bytesMax) return;
    throw userError(
      "record_too_large",
      `${this.#where}: record of ${size} bytes, limit ${this.#bytesMax} for frame ${this.#kind}`,
    );
  }
}
