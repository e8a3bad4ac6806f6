import { expect, test } from "bun:test";
import fc from "fast-check";
import { backoffMs } from "../../../src/base/backoff.ts";

const options = { firstMs: 100, maxMs: 5_000 };

test("the full delay doubles until the most", () => {
  const full = [0, 1, 2, 3, 4, 5, 6, 7, 50, 5_000].map((attempt) => backoffMs(attempt, 1, options));
  expect(full).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000]);
});

test("every delay lies between half of the full one and all of it", () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.nat(), random, (attempt, at) => {
      const full = backoffMs(attempt, 1, options);
      const delay = backoffMs(attempt, at, options);
      expect(delay).toBeGreaterThanOrEqual(full / 2);
      expect(delay).toBeLessThanOrEqual(full);
    }),
  );
});
