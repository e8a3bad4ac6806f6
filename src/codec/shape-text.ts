/**
 * Texts of a batch: a byte that is the length of up to 253 bytes of ASCII, or 254 and a length in
 * four bytes for longer ASCII, or 255 and such a length for UTF-8. Which it is, is known when a
 * text is written, and spares a third of the time to read it. The functions take and give offsets
 * and make no object.
 */
import "../base/buffer.ts";
import { decodeUtf8 } from "./utf8.ts";

export const LONG_ASCII = 254;
export const UTF8 = 255;
const SHORT_MAX = 253;
const LOOP_MAX = 28;

/** Bytes that a unit may take, and those before the text. */
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
  } else if (length <= SHORT_MAX) {
    const size = buffer.utf8Write(text, at + 1, length * TEXT_BYTES_PER_UNIT);
    if (size === length) {
      buffer[at] = size;
      return at + 1 + size;
    }
  }
  const size = buffer.utf8Write(text, at + TEXT_LENGTH_BYTES, length * TEXT_BYTES_PER_UNIT);
  if (size !== length && !text.isWellFormed()) return -1;
  buffer[at] = size === length ? LONG_ASCII : UTF8;
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
 * The texts of one field. Where they come again and again they are found by their bytes, which
 * costs less than half of a new string; where they do not, the cache notices and steps aside.
 */
export class TextReader {
  readonly #texts: (string | undefined)[] = new Array<string | undefined>(PLACES).fill(undefined);
  #asked = 0;
  #hits = 0;
  #pause = 0;

  /** The text of `size` bytes at `at`, all of them there; `mark` is the byte before it.
   *  @throws {WallarooError} `bad_utf8` */
  read(buffer: Buffer, at: number, size: number, mark: number): string {
    if (mark === UTF8) return decodeUtf8(buffer, at, at + size);
    if (size > CACHED_BYTES_MAX) return buffer.latin1Slice(at, at + size);
    if (this.#pause > 0) {
      this.#pause--;
      return buffer.latin1Slice(at, at + size);
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
    const text = buffer.latin1Slice(at, at + size);
    this.#texts[place] = text;
    return text;
  }

  #judge(): void {
    if (this.#hits < TRIAL_HITS) this.#pause = PAUSE;
    this.#asked = 0;
    this.#hits = 0;
  }
}
