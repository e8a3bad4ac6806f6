/**
 * Texts of a batch: UTF-8 with its length in one byte, or 255 and the length in four. The functions
 * take and give offsets and make no object.
 */
import "../base/buffer.ts";
import { decodeUtf8 } from "./utf8.ts";

/** Says that the length follows in four bytes. */
export const LONG_TEXT = 255;
/** Units of a text that surely has at most 254 bytes. */
const SURELY_SHORT = 84;
const LOOP_MAX = 28;

/** Bytes that `length` units may take, length included. */
export const TEXT_BYTES_PER_UNIT = 3;
export const TEXT_LENGTH_BYTES = 5;

/**
 * Writes a text at `at`; there is room for it. Returns the offset behind it, or -1 when it has half
 * a surrogate pair, which UTF-8 cannot write.
 */
export function putText(buffer: Buffer, view: DataView, at: number, text: string): number {
  const { length } = text;
  if (length <= LOOP_MAX) {
    const start = at + 1;
    let i = 0;
    for (; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) break;
      buffer[start + i] = unit;
    }
    if (i === length) {
      buffer[at] = length;
      return start + length;
    }
  }
  if (length <= SURELY_SHORT) {
    const size = buffer.utf8Write(text, at + 1, length * TEXT_BYTES_PER_UNIT);
    if (size !== length && !text.isWellFormed()) return -1;
    buffer[at] = size;
    return at + 1 + size;
  }
  const size = buffer.utf8Write(text, at + TEXT_LENGTH_BYTES, length * TEXT_BYTES_PER_UNIT);
  if (size !== length && !text.isWellFormed()) return -1;
  buffer[at] = LONG_TEXT;
  view.setUint32(at + 1, size);
  return at + TEXT_LENGTH_BYTES + size;
}

const PLACES = 1024;
const CACHED_BYTES_MAX = 24;
const FNV_PRIME = 0x01000193;
/** Look-ups after which a cache is judged, and the share of hits below which it is left. */
const TRIAL = 2048;
const TRIAL_HITS = TRIAL / 2;
/** Texts read without the cache until it is tried again. */
const PAUSE = 65_536;

/**
 * The texts of one field. Where they come again and again they are found by their bytes, which costs
 * less than half of a new string; where they do not, the cache notices and steps aside.
 */
export class TextReader {
  readonly #texts: (string | undefined)[] = new Array<string | undefined>(PLACES).fill(undefined);
  #asked = 0;
  #hits = 0;
  #pause = 0;

  /** The text of `size` bytes at `at`, all of them there. @throws {WallarooError} `bad_utf8` */
  read(buffer: Buffer, at: number, size: number): string {
    if (size > CACHED_BYTES_MAX) return decodeUtf8(buffer, at, at + size);
    if (this.#pause > 0) {
      this.#pause--;
      return decodeUtf8(buffer, at, at + size);
    }
    let hash = size;
    for (let i = at; i < at + size; i++) hash = Math.imul(hash ^ buffer[i]!, FNV_PRIME);
    const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
    const known = this.#texts[place];
    if (++this.#asked === TRIAL) this.#judge();
    if (known !== undefined && known.length === size) {
      let i = 0;
      while (i < size && known.charCodeAt(i) === buffer[at + i]) i++;
      if (i === size) {
        this.#hits++;
        return known;
      }
    }
    const text = decodeUtf8(buffer, at, at + size);
    // Kept only where it is ASCII, so that its units are its bytes.
    if (text.length === size) this.#texts[place] = text;
    return text;
  }

  #judge(): void {
    if (this.#hits < TRIAL_HITS) this.#pause = PAUSE;
    this.#asked = 0;
    this.#hits = 0;
  }
}
