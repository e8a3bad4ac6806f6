import { expect, test } from "bun:test";
import { Prng } from "../../../src/base/prng.ts";
import { TURN_MS } from "../../../src/model/limits.ts";
import { restless, RunClock } from "../../../src/testing/run-clock.ts";

test("every look takes a little, so that a turn ends after many of them", () => {
  const clock = new RunClock(0);
  const begun = clock.monotonic();
  let looks = 0;
  while (clock.monotonic() < begun + TURN_MS) looks++;
  expect(looks).toBeGreaterThan(100);
  expect(looks).toBeLessThan(10_000);
  expect(clock.now()).toBe(0);
});

test("a restless clock ends about a quarter of the turns at a look, by its seed", () => {
  const ends = (seed: number): boolean[] => {
    const clock = new RunClock(0, restless(new Prng(seed)));
    let before = 0;
    return Array.from({ length: 1_000 }, () => {
      const now = clock.monotonic();
      const isOver = now >= before + TURN_MS;
      before = now;
      return isOver;
    });
  };
  expect(ends(5)).toEqual(ends(5));
  expect(ends(5)).not.toEqual(ends(6));
  const count = ends(5).filter(Boolean).length;
  expect(count).toBeGreaterThan(200);
  expect(count).toBeLessThan(300);
});
