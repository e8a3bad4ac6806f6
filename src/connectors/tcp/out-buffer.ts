/**
 * Frames on their way out, of which the kernel took a part.
 *
 * A1. The buffer begins at a frame's begin, and `#ends` has the end of each frame in it, growing.
 * A2. `#sent` is how much of the buffer was taken; what is before the frame it lies in may go.
 */
import { ByteWriter } from "../../base/bytes.ts";
import type { Encoder } from "../../model/codec.ts";
import type { FrameWriter } from "../../transport/frame-writer.ts";

const FIRST_BYTES = 128 * 1024;
/** A buffer that one long record made larger than this is not kept. */
const KEEP_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes that were sent are moved away when there are this many, and more than are left. */
const COMPACT_BYTES = 256 * 1024;

export class OutBuffer<T> {
  readonly #frames: FrameWriter;
  /** Of the records to come. */
  encoder: Encoder<T>;
  #writer = new ByteWriter(FIRST_BYTES);
  #ends = new Int32Array(1024);
  #count = 0;
  #sent = 0;

  constructor(frames: FrameWriter, encoder: Encoder<T>) {
    this.#frames = frames;
    this.encoder = encoder;
  }

  /** Bytes that the kernel did not take. */
  get heldBytes(): number {
    return this.#writer.at - this.#sent;
  }

  /** Records of which the kernel did not take the last byte. */
  get heldRecords(): number {
    return this.#count - this.#firstUnsent();
  }

  /** The bytes to offer are `bytes[start, end)`; valid until the next record is added. */
  get bytes(): Uint8Array {
    return this.#writer.buffer;
  }

  get start(): number {
    return this.#sent;
  }

  get end(): number {
    return this.#writer.at;
  }

  /** Adds a record as a frame; after an error the buffer is as it was. */
  add(record: T): void {
    this.#frames.write(this.encoder, record, this.#writer);
    if (this.#count === this.#ends.length) {
      const ends = new Int32Array(this.#count * 2);
      ends.set(this.#ends);
      this.#ends = ends;
    }
    this.#ends[this.#count++] = this.#writer.at;
  }

  /** The kernel took `count` bytes more. */
  took(count: number): void {
    this.#sent += count;
    if (this.#sent === this.#writer.at) this.#clear();
    else if (this.#sent >= COMPACT_BYTES && this.#sent > this.heldBytes) this.#compact();
  }

  /** A new connection: the frame that was sent in part is sent again from its begin. */
  rewind(): void {
    const first = this.#firstUnsent();
    this.#sent = first === 0 ? 0 : this.#ends[first - 1]!;
    if (this.#sent === this.#writer.at) this.#clear();
  }

  #clear(): void {
    if (this.#writer.buffer.length > KEEP_BYTES_MAX) this.#writer = new ByteWriter(FIRST_BYTES);
    this.#writer.clear();
    this.#count = 0;
    this.#sent = 0;
  }

  #compact(): void {
    const first = this.#firstUnsent();
    if (first === 0) return;
    const gone = this.#ends[first - 1]!;
    this.#writer.buffer.copyWithin(0, gone, this.#writer.at);
    this.#writer.at -= gone;
    this.#sent -= gone;
    const left = this.#count - first;
    for (let i = 0; i < left; i++) this.#ends[i] = this.#ends[first + i]! - gone;
    this.#count = left;
  }

  /** The index of the first frame whose end was not taken. */
  #firstUnsent(): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ends[middle]! <= this.#sent) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
