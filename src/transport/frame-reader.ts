/**
 * Cuts a stream of chunks into the frames of one kind. Hot path: per frame a length is read and two
 * numbers are written; frames are cut where they lie, except one that spans chunks.
 */
import { HeldBytes } from "../base/held-bytes.ts";
import { asBuffer, LineCutter } from "../base/line-cutter.ts";
import type { Cutter, PieceTable } from "../base/piece-table.ts";
import { externalError } from "../base/errors.ts";
import { frameHeader, type FrameHeader, type FrameKind } from "../model/frame.ts";
import { RECORD_BYTES_MAX } from "../model/limits.ts";

const EMPTY = Buffer.alloc(0);

/** A cutter for frames of a kind; a frame longer than `frameBytesMax` is refused. */
export function frameCutter(kind: FrameKind, frameBytesMax: number = RECORD_BYTES_MAX): Cutter {
  if (kind === "lines") return new LineCutter(frameBytesMax);
  const header = frameHeader(kind);
  return header === undefined
    ? new ChunkCutter(frameBytesMax)
    : new FrameCutter(header, frameBytesMax);
}

/**
 * Frames with their length before them.
 *
 * Owns: the chunk being cut, and the begin of a frame that is not finished: copied out, so that it
 * does not keep its chunk, and grown as bytes come, so that an announced length costs nothing.
 *
 * A1. While something is held, the chunk's offset is 0 and the held bytes are one frame's begin.
 * A2. A length over the limit is refused as soon as the header is there.
 */
export class FrameCutter implements Cutter {
  readonly #headerBytes: number;
  readonly #littleEndian: boolean;
  readonly #bytesMax: number;
  readonly #held = new HeldBytes();
  #chunk: Buffer = EMPTY;
  #view: DataView = new DataView(EMPTY.buffer, EMPTY.byteOffset, 0);
  #offset = 0;

  constructor(header: FrameHeader, frameBytesMax: number) {
    this.#headerBytes = header.bytes;
    this.#littleEndian = header.littleEndian;
    this.#bytesMax = Math.min(frameBytesMax, header.lengthMax);
  }

  get isDrained(): boolean {
    return this.#offset === this.#chunk.length;
  }

  get heldBytes(): number {
    return this.#held.size;
  }

  push(chunk: Uint8Array): void {
    this.#chunk = asBuffer(chunk);
    this.#view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#offset = 0;
  }

  next(table: PieceTable): boolean {
    if (this.#offset === this.#chunk.length) return false;
    if (this.#held.size > 0) return this.#finishHeld(table);
    const { starts, ends, bytesMax } = table;
    const capacity = starts.length;
    const header = this.#headerBytes;
    const first = this.#offset;
    const chunk = this.#chunk;
    const left = chunk.length;
    table.reset(chunk);
    let offset = first;
    let count = 0;
    while (count < capacity && offset < left) {
      const start = offset + header;
      if (start > left) {
        this.#hold(offset);
        break;
      }
      const size = this.#length(this.#view, offset);
      if (size > this.#bytesMax) {
        // The frames before it are handed over first.
        if (count > 0) break;
        throw this.#tooLarge(size); // A2
      }
      const end = start + size;
      if (end - first > bytesMax && count > 0) break;
      if (end > left) {
        this.#hold(offset);
        break;
      }
      starts[count] = start;
      ends[count] = end;
      count++;
      offset = end;
    }
    table.count = count;
    table.streamBytes = offset - first;
    if (offset === this.#chunk.length) this.#drop();
    else this.#offset = this.#chunk === EMPTY ? 0 : offset;
    return count > 0;
  }

  #length(view: DataView, offset: number): number {
    if (this.#headerBytes === 4) return view.getUint32(offset, this.#littleEndian);
    if (this.#headerBytes === 2) return view.getUint16(offset, this.#littleEndian);
    return view.getUint8(offset);
  }

  /** Keeps the rest of the chunk, which is a frame's begin. */
  #hold(offset: number): void {
    this.#held.append(this.#chunk, offset, this.#chunk.length, this.#chunk.length - offset);
    this.#drop();
  }

  #tooLarge(size: number): Error {
    const header = Buffer.alloc(this.#headerBytes);
    if (this.#littleEndian) header.writeUIntLE(size, 0, header.length);
    else header.writeUIntBE(size, 0, header.length);
    return frameTooLarge(size, this.#bytesMax, header);
  }

  #finishHeld(table: PieceTable): boolean {
    const held = this.#held;
    const header = this.#headerBytes;
    if (held.size < header) this.#take(header - held.size, header);
    if (held.size < header) return false;
    const bytes = held.bytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = this.#length(view, 0);
    if (size > this.#bytesMax) throw this.#tooLarge(size); // A2
    const total = header + size;
    this.#take(total - held.size, total);
    if (held.size < total) return false;
    const whole = held.bytes;
    held.release();
    table.setOne(whole, header, total, total);
    return true;
  }

  /** Moves up to `count` bytes from the chunk to what is held. */
  #take(count: number, sizeMax: number): void {
    const end = Math.min(this.#offset + count, this.#chunk.length);
    this.#held.append(this.#chunk, this.#offset, end, sizeMax);
    this.#offset = end;
    if (end === this.#chunk.length) this.#drop();
  }

  #drop(): void {
    this.#chunk = EMPTY;
    this.#offset = 0;
  }
}

/** No frames: a chunk is a record. */
class ChunkCutter implements Cutter {
  readonly #bytesMax: number;
  #chunk: Buffer = EMPTY;
  readonly heldBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get isDrained(): boolean {
    return this.#chunk.length === 0;
  }

  push(chunk: Uint8Array): void {
    this.#chunk = asBuffer(chunk);
  }

  next(table: PieceTable): boolean {
    const size = this.#chunk.length;
    if (size === 0) return false;
    if (size > this.#bytesMax) throw frameTooLarge(size, this.#bytesMax);
    table.setOne(this.#chunk, 0, size, size);
    this.#chunk = EMPTY;
    return true;
  }
}

/** `header`: the bytes that said so. Of text they are letters: lines, or an HTTP request. */
function frameTooLarge(size: number, limit: number, header?: Buffer): Error {
  const text = header?.toString("latin1") ?? "";
  const hint = /^[ -~]{4}$/.test(text)
    ? `its length is the text ${JSON.stringify(text)}: is that a sender of lines, or of HTTP?`
    : "is the sender's frame the same kind as ours?";
  return externalError("frame_too_large", `frame of ${size} bytes, limit ${limit}: ${hint}`);
}
