/** Gathers bytes until there are enough for one piece of a blob. */
export class PieceBuffer {
  readonly #size: number;
  #bytes = new Uint8Array(0);
  #length = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Takes what fits of `bytes[start, end)`. Returns where it stopped. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const stop = Math.min(end, start + this.#size - this.#length);
    const length = this.#length + stop - start;
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(this.#size, Math.max(length, this.#bytes.length * 2)));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes.subarray(start, stop), this.#length);
    this.#length = length;
    return stop;
  }

  get isFull(): boolean {
    return this.#length === this.#size;
  }

  /** Valid until the next `add`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }
}
