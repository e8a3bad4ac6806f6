import { expect, test } from "bun:test";
import { napOf } from "../../../src/cli/pacing.ts";
import { FakeClock } from "../../support/fake-clock.ts";

test.each([
  ["timer", 1],
  ["sleep", 0],
  ["spin", 0],
] as const)("a nap by %s calls in a later turn, after %d ms of the loop", (pace, ms) => {
  const clock = new FakeClock();
  let calls = 0;
  napOf(pace, clock)(() => calls++);
  expect(calls).toBe(0);
  expect(clock.nextMs).toBe(ms);
  clock.advance(ms);
  expect(calls).toBe(1);
});
