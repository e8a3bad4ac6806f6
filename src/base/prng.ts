/**
 * Seeded random numbers (pure): sfc32, after Chris Doty-Humphrey's PractRand.
 * The same seed gives the same numbers on every machine.
 */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(seed: number) {
    this.#a = 0x9e3779b9;
    this.#b = (seed / 0x1_0000_0000) | 0;
    this.#c = seed | 0;
    this.#counter = 1;
    for (let i = 0; i < 12; i++) this.u32();
  }

  /** An integer in [0, 2^32). */
  u32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + t) | 0;
    return t >>> 0;
  }

  /** A number in [0, 1). */
  next(): number {
    return this.u32() / 0x1_0000_0000;
  }

  /** An integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** The four words that make up its state, to go on later from here. */
  save(): readonly number[] {
    return [this.#a, this.#b, this.#c, this.#counter];
  }

  restore(words: readonly number[]): void {
    [this.#a, this.#b, this.#c, this.#counter] = words as [number, number, number, number];
  }
}
