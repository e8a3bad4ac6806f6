import { expect, test } from "bun:test";
import { Tally } from "./tally.ts";

const wire = Buffer.from("the => 1\ncat => 1\nthe => 2\nß => 1\n => 1\n");
const expected = { the: 2, cat: 1, ß: 1, "": 1 };

test.each(Array.from({ length: wire.length }, (_, cut) => cut))(
  "lines survive a cut at byte %d",
  (cut) => {
    const tally = new Tally();
    tally.push(wire.subarray(0, cut));
    tally.push(wire.subarray(cut));
    expect(tally.updates).toBe(5);
    expect(tally.differences(expected, 1)).toEqual([]);
  },
);

test("a repeated line is found", () => {
  const tally = new Tally();
  tally.push(Buffer.from("a => 1\na => 1\n"));
  expect(tally.mistake).toBe('line 2 is "a => 1", where a => 2 is due');
});

test("a lost line is found", () => {
  const tally = new Tally();
  tally.push(Buffer.from("a => 1\na => 3\n"));
  expect(tally.mistake).toContain("a => 2 is due");
});

test("a line that is no count is found", () => {
  const tally = new Tally();
  tally.push(Buffer.from("hello\n"));
  expect(tally.mistake).toContain('line 1 is "hello"');
});

test("counts are held against a number of repeats", () => {
  const tally = new Tally();
  tally.push(Buffer.from("a => 1\na => 2\nb => 1\n"));
  expect(tally.differences({ a: 1, b: 1, c: 1 }, 2)).toEqual([
    '"b" was counted 1 times, not 2',
    '"c" was counted 0 times, not 2',
  ]);
});

test("the most frequent words come first, then those first in the alphabet", () => {
  const tally = new Tally();
  tally.push(Buffer.from("b => 1\na => 1\nc => 1\nc => 2\n"));
  expect(tally.top(2)).toEqual([
    { word: "c", count: 2 },
    { word: "a", count: 1 },
  ]);
});
