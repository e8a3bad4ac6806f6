import { expect, test } from "bun:test";
import { Prng } from "../../../src/base/prng.ts";
import { SimClock } from "../../../src/testing/sim-clock.ts";
import { SimPath } from "../../../src/testing/sim-path.ts";

function path(): { clock: SimClock; path: SimPath } {
  const clock = new SimClock();
  return { clock, path: new SimPath("a", "b", clock, new Prng(1)) };
}

test("what is sent later arrives later, also when its way is shorter", () => {
  const { path: way } = path();
  way.latencyMs = 100;
  const first = way.arrival(10, 0);
  way.latencyMs = 0;
  expect(way.arrival(10, first)).toBeGreaterThanOrEqual(first);
});

test("a narrow way takes time for every byte", () => {
  const { path: way } = path();
  way.rate = 2;
  expect(way.arrival(1_000, 0)).toBeGreaterThanOrEqual(500);
});

test("what arrives while the way is cut waits, and comes in order when it is healed", () => {
  const { clock, path: way } = path();
  const came: number[] = [];
  way.cut();
  for (const ms of [1, 2, 3]) way.at(ms, () => came.push(ms));
  clock.advance(10);
  expect(came).toEqual([]);
  way.heal();
  way.at(10, () => came.push(4));
  clock.advance(1);
  expect(came).toEqual([1, 2, 3, 4]);
});

test("a way that is cut again while it is healed holds the rest", () => {
  const { clock, path: way } = path();
  const came: number[] = [];
  way.cut();
  way.at(0, () => {
    came.push(1);
    way.cut();
  });
  way.at(0, () => came.push(2));
  clock.advance(1);
  way.heal();
  clock.advance(1);
  expect(came).toEqual([1]);
  way.heal();
  clock.advance(1);
  expect(came).toEqual([1, 2]);
});
