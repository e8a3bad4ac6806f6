/**
 * Buffers of blocks, used again: memory that was touched before costs a fifth of what new pages do.
 * Bounded, all of one size; whoever needs more gets a buffer of its own.
 */
import { BATCH_BYTES_MAX, INGEST_GATHER_BYTES } from "../../model/limits.ts";

/** A block is stored as soon as it has the bytes to gather: one batch more fits in any case. */
const SIZE = INGEST_GATHER_BYTES + 4 * BATCH_BYTES_MAX;
const KEPT = 4;

export class BlockBuffers {
  readonly #free: Buffer[] = [];
  #given = new WeakSet<ArrayBufferLike>();

  take(): Buffer {
    const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(SIZE);
    this.#given.add(buffer.buffer);
    return buffer;
  }

  /** Nobody looks at a block any more. One that is not from here, or was given back, is left. */
  give({ buffer }: Uint8Array): void {
    if (!this.#given.delete(buffer) || this.#free.length >= KEPT) return;
    this.#free.push(Buffer.from(buffer));
  }
}
