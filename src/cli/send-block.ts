/** Records of a file, cut and framed once, to be written as often as one likes (pure). */
import { asBuffer, LineCutter } from "../base/line-cutter.ts";
import { userError } from "../base/errors.ts";
import { type Cutter, PieceTable } from "../base/piece-table.ts";
import { type FrameHeader, frameHeader, type FrameKind } from "../model/frame.ts";
import { RECORD_BYTES_MAX } from "../model/limits.ts";
import { frameCutter } from "../transport/frame-reader.ts";
import { RecordSum } from "./checksum.ts";

/** `lines`: the file is text, each line a record. `raw`: it holds frames already. */
export const READ_KINDS = ["lines", "raw"] as const;
export type ReadKind = (typeof READ_KINDS)[number];

/** Small files are repeated in memory up to this size, so that writes are large. */
const BLOCK_BYTES = 512 * 1024;
const TABLE_PIECES = 4_096;

export interface Block {
  readonly bytes: Buffer;
  /** Where each record's frame ends in `bytes`; it begins where the one before ends. */
  readonly ends: Float64Array;
  /** Records of the file: the block holds them once, or several times. */
  readonly fileRecords: number;
  readonly frame: FrameKind;
  readonly headerBytes: number;
  /** Bytes after a record's payload: the line end. */
  readonly trailerBytes: number;
  /** Sum of the records of the whole block. */
  readonly sum: number;
  /** Bytes of the payloads of the whole block. */
  readonly payloadBytes: number;
}

export interface BlockOptions {
  /** What messages call the file. */
  readonly name: string;
  readonly read: ReadKind;
  readonly frame: FrameKind;
  readonly keepEmpty: boolean;
  /** How often the file will be sent; Infinity: for ever. */
  readonly repeat: number;
}

/** @throws {WallarooError} when the file cannot be cut or framed, or holds no record */
export function makeBlock(file: Uint8Array, options: BlockOptions): Block {
  const { name, read, frame } = options;
  const header = frameHeader(frame);
  const builder = new Builder(frame, header, file.length);
  const cutter = read === "lines" ? new LineCutter(RECORD_BYTES_MAX) : frameCutter(frame);
  for (const table of tables(file, cutter, name, frame)) {
    for (let i = 0; i < table.count; i++) {
      const start = table.starts[i]!;
      const end = table.ends[i]!;
      if (start === end && read === "lines" && !options.keepEmpty) continue;
      if (header !== undefined && end - start > header.lengthMax) {
        throw userError(
          "record_too_long",
          `${name}: record ${builder.count + 1} has ${end - start} bytes, a ${frame} frame holds ` +
            `${header.lengthMax}: use a larger frame`,
        );
      }
      builder.add(table.bytes, start, end);
    }
  }
  if (builder.count === 0) {
    throw userError("no_records", `${name}: holds no record (empty lines are skipped)`);
  }
  const copies = Math.min(options.repeat, Math.max(1, Math.ceil(BLOCK_BYTES / builder.size)));
  return builder.build(builder.size < BLOCK_BYTES ? copies : 1);
}

function* tables(
  file: Uint8Array,
  cutter: Cutter,
  name: string,
  frame: FrameKind,
): Generator<PieceTable> {
  const table = new PieceTable(TABLE_PIECES, Number.MAX_SAFE_INTEGER);
  cutter.push(file);
  while (cutter.next(table)) yield table;
  if (cutter.heldBytes === 0) return;
  if (cutter instanceof LineCutter) {
    if (cutter.finish(table)) yield table;
    return;
  }
  throw userError(
    "cut_frame",
    `${name}: ends within a ${frame} frame, ${cutter.heldBytes} bytes after the last whole ` +
      "one: is the file cut short, or --frame another?",
  );
}

/** Gathers framed records. */
class Builder {
  readonly #frame: FrameKind;
  readonly #header: FrameHeader | undefined;
  readonly #sum = new RecordSum();
  #bytes: Buffer;
  #view: DataView;
  #ends = new Float64Array(1_024);
  #payloadBytes = 0;
  size = 0;
  count = 0;

  constructor(frame: FrameKind, header: FrameHeader | undefined, fileBytes: number) {
    this.#frame = frame;
    this.#header = header;
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(64, Math.ceil(fileBytes * 1.1)));
    this.#view = new DataView(this.#bytes.buffer);
  }

  add(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    const headerBytes = this.#header?.bytes ?? 0;
    this.#reserve(headerBytes + length + 1);
    if (headerBytes === 4) this.#view.setUint32(this.size, length, this.#header?.littleEndian);
    else if (headerBytes === 2) this.#view.setUint16(this.size, length, this.#header?.littleEndian);
    else if (headerBytes === 1) this.#view.setUint8(this.size, length);
    this.size += headerBytes;
    asBuffer(source).copy(this.#bytes, this.size, start, end);
    this.size += length;
    if (this.#frame === "lines") this.#bytes[this.size++] = 10;
    if (this.count === this.#ends.length) {
      const ends = new Float64Array(this.#ends.length * 2);
      ends.set(this.#ends);
      this.#ends = ends;
    }
    this.#ends[this.count++] = this.size;
    this.#payloadBytes += length;
    this.#sum.add(source, start, end);
  }

  build(copies: number): Block {
    const bytes = Buffer.allocUnsafeSlow(this.size * copies);
    const ends = new Float64Array(this.count * copies);
    const sum = new RecordSum();
    sum.addSum(this.#sum.value, copies);
    for (let copy = 0; copy < copies; copy++) {
      this.#bytes.copy(bytes, copy * this.size, 0, this.size);
      const before = copy * this.size;
      for (let i = 0; i < this.count; i++) ends[copy * this.count + i] = before + this.#ends[i]!;
    }
    return {
      bytes,
      ends,
      fileRecords: this.count,
      frame: this.#frame,
      headerBytes: this.#header?.bytes ?? 0,
      trailerBytes: this.#frame === "lines" ? 1 : 0,
      sum: sum.value,
      payloadBytes: this.#payloadBytes * copies,
    };
  }

  #reserve(count: number): void {
    if (this.size + count <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow((this.size + count) * 2);
    this.#bytes.copy(grown, 0, 0, this.size);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
