/** The begin of a piece whose rest has not arrived: grows by doubling as bytes come, not before. */
const FIRST_BYTES = 64;

export class HeldBytes {
  #bytes: Buffer | undefined;
  size = 0;

  /** Appends `source[start, end)`. `sizeMax`: no need to ever grow beyond it. */
  append(source: Buffer, start: number, end: number, sizeMax: number): void {
    const wanted = this.size + end - start;
    let bytes = this.#bytes;
    if (bytes === undefined || bytes.length < wanted) {
      const doubled = bytes === undefined ? FIRST_BYTES : bytes.length * 2;
      const grown = Buffer.allocUnsafeSlow(Math.max(wanted, Math.min(doubled, sizeMax)));
      if (bytes !== undefined) bytes.copy(grown, 0, 0, this.size);
      bytes = this.#bytes = grown;
    }
    source.copy(bytes, this.size, start, end);
    this.size = wanted;
  }

  /** What is held, valid up to `size`. */
  get bytes(): Buffer {
    return this.#bytes ?? Buffer.alloc(0);
  }

  /** Gives the bytes away and starts anew: records may go on pointing into them. */
  release(): void {
    this.#bytes = undefined;
    this.size = 0;
  }
}
