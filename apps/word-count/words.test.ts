import { expect, test } from "bun:test";
import { ByteWriter } from "wallaroo";
import { countLine } from "./count-line.ts";
import { words } from "./words.ts";

test.each([
  ["The CAT", ["the", "cat"]],
  ["", [""]],
  ["...", [""]],
  ["a - b", ["a", "", "b"]],
  ["a  b", ["a", "", "b"]],
  ["  (ends)  ", ["ends"]],
  ["don't-stop", ["don't-stop"]],
  ["tab\tstays", ["tab\tstays"]],
  ["two\nlines", ["two", "lines"]],
  ["line\n", ["line", ""]],
  ["ÄRGER «quoted» ΣΟΦΟΣ", ["ärger", "«quoted»", "σοφος"]],
  ["İ", ["i̇"]],
])("%j is the words %j", (text, expected) => {
  expect(words(text)).toEqual(expected);
});

test("more words than the table has slots come out unchanged", () => {
  const many = Array.from({ length: 20_000 }, (_, i) => `w${i}`);
  expect(words(many.join(" "))).toEqual(many);
  expect(words(many.join(" "))).toEqual(many);
});

test("a text of a million lines without a space is split in one pass", () => {
  expect(words("a\n".repeat(1_000_000)).length).toBe(1_000_001);
});

test.each([
  ["the", 1],
  ["", 9],
  ["straße", 10],
  ["x", 99],
  ["x", 1_234_567],
  ["x", 2 ** 53 - 1],
])("%j counted %d times is written as a line", (word, count) => {
  const into = new ByteWriter();
  countLine.encode({ word, count }, into);
  expect(new TextDecoder().decode(into.take())).toBe(`${word} => ${count}`);
});
