/** Some of the points at which a small run can be hurt. All: `npm run campaign crash-points`. */
import { expect, test } from "bun:test";
import { pointOf, runPoint, VARIANTS } from "./crash-points.ts";

/** Prime to the number of variants, so that all of them come. */
const STRIDE = 151;

test("wherever a process dies or sleeps, each record is committed once, in order", () => {
  const { problem, steps, generations, virtualMs } = runPoint();
  expect([problem, generations]).toEqual([undefined, 1]);
  // Three checkpoints are stored, one each second.
  expect(virtualMs).toBeGreaterThan(13_000);
  let continued = 0;
  for (let index = 0; index < steps * VARIANTS; index += STRIDE) {
    const result = runPoint(pointOf(index));
    expect([index, result.problem]).toEqual([index, undefined]);
    if (result.generations > 1) continued++;
  }
  expect(continued).toBeGreaterThan(30);
}, 60_000);
