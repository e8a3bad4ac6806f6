import { expect, test } from "bun:test";
import { editDistance, nearest } from "../../../src/base/nearest.ts";

test("a swap of neighbours is one change, and so is a letter too much, too few or wrong", () => {
  expect(editDistance("word", "wrod")).toBe(1);
  expect(editDistance("word", "words")).toBe(1);
  expect(editDistance("word", "wor")).toBe(1);
  expect(editDistance("word", "ward")).toBe(1);
  expect(editDistance("", "abc")).toBe(3);
});

test("the candidate with the fewest changes is meant", () => {
  expect(nearest("word-cuont", ["alphabet", "word-count", "celsius"])).toBe("word-count");
});

test("the beginning of a name means it", () => {
  expect(nearest("alp", ["alphabet", "celsius"])).toBe("alphabet");
});

test("what resembles nothing means nothing", () => {
  expect(nearest("zebra", ["alphabet", "word-count"])).toBeUndefined();
  expect(nearest("x".repeat(65), ["x".repeat(65)])).toBeUndefined();
});
