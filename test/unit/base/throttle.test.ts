import { expect, test } from "bun:test";
import { Throttle } from "../../../src/base/throttle.ts";

test("one passes in an interval, and says how many were held back since", () => {
  const throttle = new Throttle(1_000);
  expect([0, 1, 999, 1_000, 1_001, 5_000].map((now) => throttle.pass(now))).toEqual([
    0,
    undefined,
    undefined,
    2,
    undefined,
    1,
  ]);
});

test("as many pass in an interval as the burst says", () => {
  const throttle = new Throttle(10, 2);
  expect([0, 1, 2, 10, 11, 12].map((now) => throttle.pass(now))).toEqual([
    0,
    0,
    undefined,
    1,
    0,
    undefined,
  ]);
});

test("those held back can be taken as told", () => {
  const throttle = new Throttle(10);
  for (const now of [0, 1, 2]) throttle.pass(now);
  expect([throttle.suppressed, throttle.takeSuppressed(), throttle.suppressed]).toEqual([2, 2, 0]);
  expect(throttle.pass(10)).toBe(0);
});
