/** The line `word => n`, written into the bytes directly: no text is made of it first. */
import type { ByteWriter, Encoder } from "wallaroo";

export interface WordCount {
  readonly word: string;
  readonly count: number;
}

const ZERO = 48;

export const countLine: Encoder<WordCount> = {
  encode({ word, count }, into) {
    into.utf8(word);
    into.utf8(" => ");
    writeDigits(count, into);
  },
};

/** Writes a whole number of at least 0. */
function writeDigits(value: number, into: ByteWriter): void {
  const rest = Math.floor(value / 10);
  if (rest > 0) writeDigits(rest, into);
  into.u8(ZERO + (value - rest * 10));
}
