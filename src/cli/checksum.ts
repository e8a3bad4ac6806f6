/** How `send` and `receive` show that nothing was lost or changed. */
import { crc32 } from "node:zlib";
import { fnv1a } from "../base/hash.ts";

/** Sum modulo 2^32 of the 32-bit FNV-1a of each record's payload: order does not count. */
export class RecordSum {
  #sum = 0;

  add(bytes: Uint8Array, start: number, end: number): void {
    this.#sum = (this.#sum + fnv1a(bytes, start, end)) >>> 0;
  }

  /** Adds another sum `times` times. */
  addSum(sum: number, times: number): void {
    // The product of two 32-bit numbers, modulo 2^32, also where it is above 2^53.
    this.#sum = (this.#sum + Math.imul(sum, times % 0x1_0000_0000)) >>> 0;
  }

  get value(): number {
    return this.#sum;
  }
}

/** CRC-32 of a stream of bytes, in order. */
export class StreamCrc {
  #crc = 0;

  add(bytes: Uint8Array): void {
    this.#crc = crc32(bytes, this.#crc);
  }

  get value(): number {
    return this.#crc >>> 0;
  }
}

/** Eight hexadecimal digits. */
export function sumText(sum: number): string {
  return sum.toString(16).padStart(8, "0");
}
