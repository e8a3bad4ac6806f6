/** The text of word count with permuted letters, and the stream that must come of it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { permutedLetters } from "./rename.ts";

const TEXT = "apps/word-count/input/bill_of_rights.txt";
const STRIPPED = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
const CHUNK = 1 << 20;

export interface Words {
  readonly path: string;
  /** Frames of the file: lines that are not empty. */
  readonly lines: number;
  /** Words of the file. */
  readonly words: number;
  /** How often each word is in the file. */
  readonly counts: ReadonlyMap<string, number>;
  /** CRC-32 of the lines that must come when the file is sent so often, as `receive` tells it. */
  expectedCrc(repeats: number): string;
}

export function makeWords(folder: string, seed: number): Words {
  const path = join(folder, "text.txt");
  const original = readFileSync(join(import.meta.dir, "../../..", TEXT), "utf8");
  const text = permutedLetters(original, seed);
  writeFileSync(path, text);
  const lines = text.split("\n").filter((line) => line !== "");
  const words = lines.flatMap((line) => strip(line.toLowerCase()).split(" ").map(strip));
  const once = new Map<string, number>();
  for (const word of words) once.set(word, (once.get(word) ?? 0) + 1);
  return { path, lines: lines.length, words: words.length, counts: once, expectedCrc };

  function expectedCrc(repeats: number): string {
    const counts = new Map<string, number>();
    let crc = 0;
    let chunk = "";
    for (let i = 0; i < repeats; i++) {
      for (const word of words) {
        const count = (counts.get(word) ?? 0) + 1;
        counts.set(word, count);
        chunk += `${word} => ${count}\n`;
      }
      if (chunk.length < CHUNK && i < repeats - 1) continue;
      crc = crc32(chunk, crc);
      chunk = "";
    }
    return (crc >>> 0).toString(16).padStart(8, "0");
  }
}

/** The original's rule, as plainly as it can be said. */
function strip(word: string): string {
  let from = 0;
  let to = word.length;
  while (from < to && STRIPPED.includes(word[from]!)) from++;
  while (from < to && STRIPPED.includes(word[to - 1]!)) to--;
  return word.slice(from, to);
}
