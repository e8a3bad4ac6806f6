import { expect, test } from "bun:test";
import { Prng } from "../../../src/base/prng.ts";
import { SIM_START_MS, SimClock } from "../../../src/testing/sim-clock.ts";

test("timers fire in the order of their times, then of their making", () => {
  const prng = new Prng(1);
  const clock = new SimClock(0);
  const made = Array.from({ length: 500 }, (_, order) => ({ due: prng.below(20), order }));
  const fired: { due: number; order: number }[] = [];
  for (const one of made) clock.after(one.due, () => void fired.push(one));
  clock.advance(20);
  expect(fired).toEqual(made.toSorted((a, b) => a.due - b.due || a.order - b.order));
});

test("while a callback runs, the clock shows the time at which it was due", () => {
  const clock = new SimClock();
  const seen: number[] = [];
  clock.after(30, () => seen.push(clock.monotonic()));
  clock.after(10, () => clock.after(5, () => seen.push(clock.now() - SIM_START_MS)));
  clock.advance(100);
  expect(seen).toEqual([15, 30]);
  expect(clock.monotonic()).toBe(100);
});

test("a timer that was cancelled never fires, and is not counted twice", () => {
  const clock = new SimClock();
  let fired = 0;
  const timer = clock.after(5, () => fired++);
  clock.after(7, () => fired++);
  timer.cancel();
  timer.cancel();
  expect(clock.waiting).toBe(1);
  expect(clock.nextMs).toBe(7);
  clock.advance(10);
  timer.cancel();
  expect([fired, clock.waiting, clock.nextMs]).toEqual([1, 0, undefined]);
});

test("a step fires one timer, and none that is due later than it may", () => {
  const clock = new SimClock(0);
  const fired: string[] = [];
  clock.soon(() => fired.push("soon"));
  clock.after(5, () => fired.push("five"));
  expect(clock.step(4)).toBe(true);
  expect(clock.step(4)).toBe(false);
  expect(clock.now()).toBe(0);
  expect(clock.step(5)).toBe(true);
  expect([fired, clock.now()]).toEqual([["soon", "five"], 5]);
});
