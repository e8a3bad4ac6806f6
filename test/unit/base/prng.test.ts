import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Prng } from "../../../src/base/prng.ts";

const golden = [
  [0, [2297102522, 4242804496, 2805528058, 609994695]],
  [1, [1704185757, 3549877329, 3556786932, 2704429714]],
  [42, [2993059876, 2683266877, 3613609488, 3520258888]],
  [2 ** 40 + 7, [3966437748, 2993338825, 960374425, 2629110069]],
] as const;

const draw = (prng: Prng, count: number): number[] =>
  Array.from({ length: count }, () => prng.u32());

describe("Prng", () => {
  // Computed by a separate program from the definition of sfc32.
  test.each(golden)("seed %d gives its numbers for ever", (seed, numbers) => {
    expect(draw(new Prng(seed), 4)).toEqual([...numbers]);
  });

  test("seeds that differ above 32 bits differ", () => {
    expect(draw(new Prng(7), 4)).not.toEqual(draw(new Prng(7 + 2 ** 40), 4));
  });

  test("next is in [0, 1), below in [0, bound), pick among the items", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, bound) => {
        const prng = new Prng(seed);
        for (let i = 0; i < 20; i++) {
          const next = prng.next();
          expect(next >= 0 && next < 1).toBe(true);
          const below = prng.below(bound);
          expect(Number.isInteger(below) && below >= 0 && below < bound).toBe(true);
          expect(["a", "b"]).toContain(prng.pick(["a", "b"]));
        }
      }),
    );
  });

  test("goes on from a saved state with the same numbers", () => {
    const prng = new Prng(3);
    draw(prng, 5);
    const saved = prng.save();
    const expected = draw(prng, 10);
    const other = new Prng(99);
    other.restore(JSON.parse(JSON.stringify(saved)) as number[]);
    expect(draw(other, 10)).toEqual(expected);
  });

  test("spreads evenly over 16 buckets", () => {
    const prng = new Prng(1);
    const counts = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i++) counts[prng.below(16)]!++;
    // Six standard deviations of a fair draw, about 30 each.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(190);
  });
});
