/**
 * Messages on a stream of bytes: length u32, CRC-32 u32 of the content, content. Cuts what arrives;
 * a frame that was begun is copied out and grows as its bytes come.
 */
import { HeldBytes } from "../base/held-bytes.ts";
import { asBuffer } from "../base/line-cutter.ts";
import type { Crypto } from "../ports/crypto.ts";
import { badMessage } from "./message-codec.ts";

export const HEADER_BYTES = 8;

/** A frame around a content. */
export function frameOf(content: Uint8Array, crypto: Crypto): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + content.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, content.length);
  view.setUint32(4, crypto.crc32(content));
  frame.set(content, HEADER_BYTES);
  return frame;
}

export class ControlCutter {
  /** The longest content that is taken; lower until the peer is known. */
  bytesMax: number;
  readonly #crypto: Crypto;
  readonly #held = new HeldBytes();

  constructor(bytesMax: number, crypto: Crypto) {
    this.bytesMax = bytesMax;
    this.#crypto = crypto;
  }

  /** Hands on the contents that are whole now. Stops when `take` says false.
   *  @throws {WallarooError} `bad_message` for a frame that is too long or damaged */
  push(chunk: Uint8Array, take: (content: Uint8Array) => boolean): void {
    const bytes = asBuffer(chunk);
    let at = 0;
    while (at < bytes.length) {
      at = this.#fill(bytes, at, HEADER_BYTES);
      if (this.#held.size < HEADER_BYTES) return;
      const header = this.#held.bytes;
      const size = header.readUInt32BE(0);
      if (size > this.bytesMax) throw badMessage(`${size} bytes, limit ${this.bytesMax}`);
      at = this.#fill(bytes, at, HEADER_BYTES + size);
      if (this.#held.size < HEADER_BYTES + size) return;
      const frame = this.#held.bytes;
      this.#held.release();
      const content = frame.subarray(HEADER_BYTES, HEADER_BYTES + size);
      if (this.#crypto.crc32(content) !== frame.readUInt32BE(4)) {
        throw badMessage("its checksum is wrong");
      }
      if (!take(content)) return;
    }
  }

  /** Holds bytes from `at` until there are `wanted`; returns where it stopped. */
  #fill(bytes: Buffer, at: number, wanted: number): number {
    const end = Math.min(bytes.length, at + wanted - this.#held.size);
    if (end <= at) return at;
    this.#held.append(bytes, at, end, wanted);
    return end;
  }
}
