/**
 * Cuts chunks of text into lines: by `\n`, a `\r` before it stripped. Bytes only, so any encoding
 * that keeps ASCII is cut well.
 *
 * Owns: the chunk being cut and the begin of a line that is not finished (at most `bytesMax` and
 * one chunk). A line over two chunks is a table of its own; all others are cut where they lie.
 */
import "./buffer.ts";
import { externalError } from "./errors.ts";
import { HeldBytes } from "./held-bytes.ts";
import type { Cutter, PieceTable } from "./piece-table.ts";

const NEWLINE = 10;
const RETURN = 13;
const EMPTY = Buffer.alloc(0);

export class LineCutter implements Cutter {
  readonly #bytesMax: number;
  readonly #held = new HeldBytes();
  #chunk: Buffer = EMPTY;
  #offset = 0;

  /** `bytesMax`: the longest line, its end not counted. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get isDrained(): boolean {
    return this.#offset === this.#chunk.length;
  }

  get heldBytes(): number {
    return this.#held.size;
  }

  push(chunk: Uint8Array): void {
    this.#chunk = asBuffer(chunk);
    this.#offset = 0;
  }

  next(table: PieceTable): boolean {
    if (this.#offset === this.#chunk.length) return false;
    if (this.#held.size > 0) return this.#finishHeld(table);
    const { starts, ends, bytesMax } = table;
    const capacity = starts.length;
    const chunk = this.#chunk;
    table.reset(chunk);
    const first = this.#offset;
    let start = first;
    let count = 0;
    while (count < capacity) {
      const newline = chunk.indexOf(NEWLINE, start);
      if (newline < 0) {
        // The lines before one that is too long are handed over first.
        if (count > 0 && chunk.length - start > this.#bytesMax + 1) break;
        this.#holdFrom(start);
        break;
      }
      if (count > 0 && newline + 1 - first > bytesMax) break;
      const end = newline > start && chunk[newline - 1] === RETURN ? newline - 1 : newline;
      if (end - start > this.#bytesMax) {
        if (count > 0) break;
        throw lineTooLong(end - start, this.#bytesMax);
      }
      starts[count] = start;
      ends[count] = end;
      count++;
      start = newline + 1;
      this.#offset = start;
      if (start === chunk.length) break;
    }
    table.count = count;
    table.streamBytes = start - first;
    if (this.#offset === chunk.length) this.#drop();
    return count > 0;
  }

  /** At the end of the stream: the last line, when it had no line end. */
  finish(table: PieceTable): boolean {
    const size = this.#held.size;
    if (size === 0) return false;
    const bytes = this.#held.bytes;
    this.#held.release();
    table.setOne(bytes, 0, bytes[size - 1] === RETURN ? size - 1 : size, size);
    return true;
  }

  #finishHeld(table: PieceTable): boolean {
    const newline = this.#chunk.indexOf(NEWLINE, this.#offset);
    if (newline < 0) {
      this.#holdFrom(this.#offset);
      return false;
    }
    this.#held.append(this.#chunk, this.#offset, newline, this.#bytesMax + 1);
    this.#offset = newline + 1;
    const size = this.#held.size;
    const bytes = this.#held.bytes;
    this.#held.release();
    const end = size > 0 && bytes[size - 1] === RETURN ? size - 1 : size;
    if (end > this.#bytesMax) throw lineTooLong(end, this.#bytesMax);
    table.setOne(bytes, 0, end, size + 1);
    if (this.#offset === this.#chunk.length) this.#drop();
    return true;
  }

  /** Copies what is left of the chunk, so that a short rest does not keep a long chunk. */
  #holdFrom(start: number): void {
    const size = this.#held.size + this.#chunk.length - start;
    // One more, for a `\r` whose `\n` is still to come.
    if (size > this.#bytesMax + 1) throw lineTooLong(size, this.#bytesMax);
    this.#held.append(this.#chunk, start, this.#chunk.length, this.#bytesMax + 1);
    this.#drop();
  }

  #drop(): void {
    this.#chunk = EMPTY;
    this.#offset = 0;
  }
}

/** The same bytes as a Buffer, whose searches are fast. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function lineTooLong(size: number, limit: number): Error {
  return externalError(
    "line_too_long",
    `line of at least ${size} bytes, limit ${limit}: is this text, with line ends?`,
  );
}
