/**
 * What a receiver told of one stream: which transactions it has prepared and undecided, and where
 * it stands.
 */
import { isLost, readName } from "./transactions.ts";

export class Undecided {
  readonly #stream: string;
  #names = new Set<string>();
  #stands: number | undefined;
  /** It has told so once. */
  isKnown = false;

  constructor(stream: string) {
    this.#stream = stream;
  }

  /** Where the receiver said that it stands, if that is elsewhere and nothing was decided since. */
  standsBeside(place: number): number | undefined {
    return this.#stands === place ? undefined : this.#stands;
  }

  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  /** A handshake: `stands` counts until something is decided. */
  met(names: readonly string[], stands: number): void {
    this.isKnown = true;
    this.#stands = stands;
    this.told(names);
  }

  /** Names of others are none of ours to decide. */
  told(names: readonly string[]): void {
    this.#names = new Set(names.filter((name) => readName(this.#stream, name) !== undefined));
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** It stands elsewhere from now on. */
  prepared(name: string): void {
    this.#names.add(name);
    this.#stands = undefined;
  }

  decided(name: string): void {
    this.#names.delete(name);
    this.#stands = undefined;
  }

  /** Those of this generation and of older ones. */
  leftBy(generation: number): readonly string[] {
    return [...this.#names].filter((name) => {
      const place = readName(this.#stream, name);
      return place !== undefined && place.generation <= generation;
    });
  }

  /** It was to be committed, is not listed, and is the first: a receiver that stands at 0 has lost
   *  it, or does not know where it stands. */
  isUnsure(name: string): boolean {
    const place = readName(this.#stream, name);
    const isFirst = place !== undefined && place.start === 0 && place.end > 0;
    return isFirst && !this.has(name) && this.#stands === 0;
  }

  /** It was to be committed, is not listed, and the receiver stands at its begin. */
  hasLost(name: string): boolean {
    const place = readName(this.#stream, name);
    return place !== undefined && !this.has(name) && isLost(place, this.#stands);
  }
}
