import { expect, test } from "bun:test";
import { durationMs, durationText } from "../../../src/base/duration.ts";

test.each([
  [0, 0],
  [1.5, 1.5],
  ["250ms", 250],
  ["5s", 5_000],
  ["1.5s", 1_500],
  ["10m", 600_000],
  ["1h", 3_600_000],
  ["7d", 604_800_000],
  [" 5s ", 5_000],
])("%p is %d ms", (duration, ms) => expect(durationMs(duration)).toBe(ms));

test.each([
  ["10 minutes", '"10 minutes"'],
  ["5", '"5"'],
  ["", '""'],
  ["-5s", '"-5s"'],
  ["5S", '"5S"'],
  ["1e3ms", '"1e3ms"'],
  [".5s", '".5s"'],
  [-1, "-1"],
  [Number.NaN, "NaN"],
  [Infinity, "Infinity"],
])("%p is no duration, and the message says so", (duration, shown) => {
  expect(() => durationMs(duration, "outOfOrder")).toThrow(
    `outOfOrder is ${shown}: write milliseconds or a text like "250ms", "5s", "10m"`,
  );
});

test("what is not even a text or a number gets the same message", () => {
  for (const wrong of [undefined, null, {}, 5n]) {
    expect(() => durationMs(wrong as never)).toThrow(/^duration is .*: write milliseconds/);
  }
});

test.each([
  [0, "0 ms"],
  [240.4, "240 ms"],
  [999.4, "999 ms"],
  [999.6, "1.0 s"],
  [1_500, "1.5 s"],
  [90_000, "90.0 s"],
  [120_000, "2 min"],
  [3_600_000, "60 min"],
])("%d ms reads %s", (ms, text) => expect(durationText(ms)).toBe(text));
