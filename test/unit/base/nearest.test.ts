import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { editDistance, nearest } from "../../../src/base/nearest.ts";

const commands = ["run", "explain", "send", "receive", "version", "completions"];

test.each([
  ["rnu", "run"],
  ["runn", "run"],
  ["exlpain", "explain"],
  ["recieve", "receive"],
  ["ver", "version"],
  ["snd", "send"],
  ["frobnicate", undefined],
  ["", undefined],
  ["x", undefined],
  ["r".repeat(65), undefined],
])("%p was probably meant as %p", (name, meant) => expect(nearest(name, commands)).toBe(meant));

describe("editDistance", () => {
  test.each([
    ["", "", 0],
    ["", "abc", 3],
    ["kitten", "sitting", 3],
    ["ab", "ba", 1],
    ["abc", "abc", 0],
  ])("of %p and %p is %d", (a, b, distance) => expect(editDistance(a, b)).toBe(distance));

  test("is symmetric, zero for equal texts only, and at most the longer length", () => {
    const text = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const distance = editDistance(a, b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});
