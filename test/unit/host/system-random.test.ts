import { expect, test } from "bun:test";
import { systemRandom } from "../../../src/host/system-random.ts";

test("integers have 32 bits, numbers are in [0, 1), across the blocks they are drawn in", () => {
  const random = systemRandom();
  let bits = 0;
  for (let i = 0; i < 1_000; i++) {
    const integer = random.u32();
    expect(Number.isInteger(integer) && integer >= 0 && integer < 2 ** 32).toBe(true);
    bits |= integer;
    const number = random.next();
    expect(number >= 0 && number < 1).toBe(true);
  }
  // A thousand draws without a bit in some place would have a chance of 2^-1000.
  expect(bits >>> 0).toBe(2 ** 32 - 1);
});

test("two sources of randomness do not agree", () => {
  const draw = (): number[] => {
    const random = systemRandom();
    return Array.from({ length: 8 }, () => random.u32());
  };
  expect(draw()).not.toEqual(draw());
});
