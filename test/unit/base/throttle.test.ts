import { expect, test } from "bun:test";
import { Throttle } from "../../../src/base/throttle.ts";

test("the first passes, and the next one of an interval says how many were held back", () => {
  const throttle = new Throttle(1_000);
  expect([0, 1, 500, 999].map((now) => throttle.pass(now))).toEqual([
    0,
    undefined,
    undefined,
    undefined,
  ]);
  expect(throttle.pass(1_000)).toBe(3);
  expect(throttle.pass(1_001)).toBeUndefined();
  expect(throttle.pass(5_000)).toBe(1);
});

test("a burst passes at once", () => {
  const throttle = new Throttle(1_000, 3);
  expect([0, 0, 0, 0].map((now) => throttle.pass(now))).toEqual([0, 0, 0, undefined]);
});
