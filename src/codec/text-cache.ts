/**
 * Short texts that come again and again, such as symbols: found by their bytes as numbers, so that
 * a field of four bytes costs a look-up and no new string. Bounded: two places for each text, the
 * newer text moves the older one aside, and the oldest is forgotten.
 */
import "../base/buffer.ts";

const PLACES = 4096;
const MIX_LOW = 0x9e3779b1;
const MIX_HIGH = 0x85ebca77;
const SHIFT = 32 - Math.log2(PLACES);

/** The longest text that is worth looking up. */
export const CACHED_TEXT_MAX = 8;

export class TextCache {
  readonly #size: number;
  readonly #low = new Int32Array(PLACES);
  readonly #high = new Int32Array(PLACES);
  readonly #texts: (string | undefined)[] = new Array<string | undefined>(PLACES).fill(undefined);

  /** `size`: bytes of every text, 1 to 8. */
  constructor(size: number) {
    this.#size = size;
  }

  /** The text of `size` bytes at `offset`, as Latin-1. */
  get(view: DataView, buffer: Buffer, offset: number): string {
    const size = this.#size;
    let low: number;
    let high = 0;
    if (size >= 4) {
      low = view.getInt32(offset, true);
      // The last four bytes, which overlap the first four where there are less than eight.
      if (size > 4) high = view.getInt32(offset + size - 4, true);
    } else if (size === 3) {
      low = view.getUint16(offset, true) | (view.getUint8(offset + 2) << 16);
    } else {
      low = size === 2 ? view.getUint16(offset, true) : view.getUint8(offset);
    }
    const place = Math.imul(Math.imul(high, MIX_HIGH) ^ low, MIX_LOW) >>> SHIFT;
    let text = this.#texts[place];
    if (text !== undefined && this.#low[place] === low && this.#high[place] === high) return text;
    const second = place ^ 1;
    const older = text;
    text = this.#texts[second];
    if (text !== undefined && this.#low[second] === low && this.#high[second] === high) return text;
    text = buffer.latin1Slice(offset, offset + size);
    if (older !== undefined) {
      this.#low[second] = this.#low[place]!;
      this.#high[second] = this.#high[place]!;
      this.#texts[second] = older;
    }
    this.#low[place] = low;
    this.#high[place] = high;
    this.#texts[place] = text;
    return text;
  }
}
