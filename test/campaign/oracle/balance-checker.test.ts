import { expect, test } from "bun:test";
import { balanceText, legsOf, readSent } from "../kill/app/records.ts";
import { BalanceChecker } from "./balance-checker.ts";

const SENT = Array.from({ length: 60 }, (_, i) => `0-${i % 7} ${i + 1} ${(i * 37) % 500} 0`);

/** Lines of three epochs of a right engine that is given `lines`. */
function epochsOf(lines: readonly string[]): string[][] {
  const balances = new Map<string, number>();
  const texts = lines.map((line) =>
    legsOf(readSent(line)).map(({ account, cents }) => {
      balances.set(account, (balances.get(account) ?? 0) + cents);
      return balanceText({ account, cents: balances.get(account)! });
    }),
  );
  return [0, 20, 40].map((from) => texts.slice(from, from + 20).flat());
}

function check(epochs: readonly (readonly string[])[]): readonly string[] {
  const checker = new BalanceChecker();
  for (const line of SENT) checker.addSent(line);
  epochs.forEach((lines, i) => checker.addEpoch(i + 1, lines));
  checker.end();
  return checker.problems;
}

test("transfers that are whole add up to nothing at each epoch", () => {
  expect(check(epochsOf(SENT))).toEqual([]);
});

test("half a transfer, an epoch without one part, and a lost record are objected to", () => {
  const epochs = epochsOf(SENT);
  const half = epochs.with(1, epochs[1]!.slice(0, -1));
  expect(check(half)[0]).toStartWith("at epoch 2 the balances add up to");
  const part = epochs.with(
    0,
    epochs[0]!.filter((line) => line < "a5"),
  );
  expect(check(part)[0]).toStartWith("at epoch 1 the balances add up to");
  expect(check(epochsOf(SENT.toSpliced(30, 1)))[0]).toMatch(/^account .* wanted/);
});
