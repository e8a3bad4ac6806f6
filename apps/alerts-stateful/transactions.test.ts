import { expect, test } from "bun:test";
import { amountAfter, FIRST, following } from "./transactions.ts";

/** The original's rule with whole numbers of any size, its remainder never negative. */
function original(amount: number): number {
  const remainder = (BigInt(amount) * 2_305_843_009_213_693_951n + 7n) % 2_500n;
  return Number(remainder < 0n ? remainder + 2_500n : remainder) - 1_250;
}

test("amounts begin as the original's do", () => {
  const amounts = [1];
  for (let i = 0; i < 6; i++) amounts.push(amountAfter(amounts.at(-1)!));
  expect(amounts).toEqual([1, 208, 565, 1072, -771, 36, 993]);
});

test("an amount follows as it does with whole numbers of any size", () => {
  for (let amount = -6_000; amount <= 6_000; amount++) {
    expect(amountAfter(amount)).toBe(original(amount));
  }
});

test("totals of the users stay within the turns of the generator", () => {
  let transaction = FIRST;
  for (let i = 0; i < 20_000; i++) {
    transaction = following(transaction);
    for (const total of transaction.given) expect(Math.abs(total)).toBeLessThanOrEqual(6_250);
  }
});
