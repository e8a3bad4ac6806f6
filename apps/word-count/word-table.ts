/**
 * Words seen before, so that a word that comes again is the string that was made first: no new
 * string, and its hash is known already. Half the time of splitting goes into that otherwise.
 * Bounded: each slot holds one word, and a newer word of the same slot takes it over. A table
 * changes how fast words are made, never which.
 */

const SLOTS = 8_192;
/** Longer words are rare: not worth comparing, copying and keeping. */
const LENGTH_MAX = 40;

export class WordTable {
  readonly #slots: string[] = new Array<string>(SLOTS).fill("");

  /** The characters `[start, end)` of `text`. `hash` is any number that depends on nothing else. */
  word(text: string, start: number, end: number, hash: number): string {
    if (end - start > LENGTH_MAX) return text.substring(start, end);
    const slot = (hash ^ (hash >>> 13)) & (SLOTS - 1);
    const known = this.#slots[slot]!;
    if (isAt(known, text, start, end)) return known;
    // A substring keeps the whole text alive as long as it lives; a word is kept, so it is copied.
    const word = copied(text, start, end);
    this.#slots[slot] = word;
    return word;
  }
}

function isAt(known: string, text: string, start: number, end: number): boolean {
  const length = end - start;
  if (known.length !== length) return false;
  for (let i = 0; i < length; i++) {
    if (known.charCodeAt(i) !== text.charCodeAt(start + i)) return false;
  }
  return true;
}

function copied(text: string, start: number, end: number): string {
  let word = "";
  for (let i = start; i < end; i++) word += text[i]!;
  return word;
}
