import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { words } from "../../apps/word-count/words.ts";

const STRIPPED = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/** The original's rules, word for word. */
function model(text: string): string[] {
  return text.split("\n").flatMap((line) => strip(line.toLowerCase()).split(" ").map(strip));
}

function strip(text: string): string {
  const signs = text.split("");
  while (signs.length > 0 && STRIPPED.includes(signs[0]!)) signs.shift();
  while (signs.length > 0 && STRIPPED.includes(signs.at(-1)!)) signs.pop();
  return signs.join("");
}

test("words are those of the plain rules, for any text", () => {
  const signs = " \n.,-'aAbBéÉΣ\t\0~".split("");
  const sign = fc.constantFrom(...signs, "word", "\u{1f600}", "x".repeat(41));
  const text = fc
    .array(fc.oneof({ weight: 4, arbitrary: sign }, fc.string()))
    .map((p) => p.join(""));
  fc.assert(
    fc.property(text, (given) => {
      expect(words(given)).toEqual(model(given));
      // Again, now that each word is known.
      expect(words(given)).toEqual(model(given));
    }),
    { numRuns: 1_000 },
  );
});
