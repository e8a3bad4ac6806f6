/**
 * The words of a text, by the original's rules: each line is lowered and stripped of spaces and
 * ASCII punctuation at both ends, split at single spaces, and each word stripped again. What is
 * empty then is a word too: `a - b` gives `a`, ``, `b`.
 *
 * One pass over the characters, no regular expression: this is most of the work of word count.
 */
import { WordTable } from "./word-table.ts";

const SPACE = 32;
const STRIPPED_SIGNS = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/** 1 for a space and for the 32 ASCII punctuation characters, else 0. */
const STRIPPED = new Uint8Array(128);
for (const sign of STRIPPED_SIGNS) STRIPPED[sign.charCodeAt(0)] = 1;

const table = new WordTable();

/** All words of a text of one or more lines, in order. */
export function words(text: string): string[] {
  const lowered = text.toLowerCase();
  const found: string[] = [];
  let start = 0;
  for (;;) {
    const end = lowered.indexOf("\n", start);
    if (end === -1) break;
    addWordsOfLine(lowered, start, end, found);
    start = end + 1;
  }
  addWordsOfLine(lowered, start, lowered.length, found);
  return found;
}

function addWordsOfLine(text: string, from: number, to: number, found: string[]): void {
  let at = from;
  let lineEnd = to;
  while (at < lineEnd && isStripped(text.charCodeAt(at))) at += 1;
  while (at < lineEnd && isStripped(text.charCodeAt(lineEnd - 1))) lineEnd -= 1;
  for (let i = at; i < lineEnd; i++) {
    if (text.charCodeAt(i) !== SPACE) continue;
    addWord(text, at, i, found);
    at = i + 1;
  }
  addWord(text, at, lineEnd, found);
}

/** Adds what stands between two spaces. */
function addWord(text: string, from: number, to: number, found: string[]): void {
  let start = from;
  let end = to;
  while (start < end && isStripped(text.charCodeAt(start))) start += 1;
  while (start < end && isStripped(text.charCodeAt(end - 1))) end -= 1;
  let hash = 0;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  found.push(table.word(text, start, end, hash));
}

function isStripped(unit: number): boolean {
  return unit < 128 && STRIPPED[unit] === 1;
}
