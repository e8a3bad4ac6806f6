/** Bytes to which one adds at the end, at a cost that does not depend on how many there are. */

export class GrowingBytes {
  #bytes = Buffer.alloc(1_024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(more: Uint8Array): void {
    const length = this.#length + more.length;
    if (length > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(length, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(more, this.#length);
    this.#length = length;
  }

  /** Forgets what is behind. */
  cut(length: number): void {
    this.#length = Math.min(this.#length, length);
  }

  text(start: number, end: number): string {
    return this.#bytes.toString("utf8", start, Math.min(end, this.#length));
  }
}
