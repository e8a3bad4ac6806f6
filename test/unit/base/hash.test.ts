import { expect, test } from "bun:test";
import { fnv1a, mixed } from "../../../src/base/hash.ts";

// From the authors' list of test vectors.
test.each([
  ["", 0x811c9dc5],
  ["a", 0xe40c292c],
  ["b", 0xe70c2de5],
  ["foobar", 0xbf9cf968],
])("%p has its published hash", (text, hash) => expect(fnv1a(Buffer.from(text))).toBe(hash));

test("only the given range is hashed", () => {
  expect(fnv1a(Buffer.from("xfoobary"), 1, 7)).toBe(0xbf9cf968);
});

// Of the 32-bit finish of MurmurHash3: sinks' connections are placed by it.
test.each([
  [0, 0],
  [1, 0x514e28b7],
  [0xffffffff, 0x81f16f39],
])("%d is spread as published", (hash, spread) => expect(mixed(hash)).toBe(spread));
