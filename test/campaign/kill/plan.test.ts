import { expect, test } from "bun:test";
import { GAPS, MEMBERS, planOf, SUBSETS } from "./plan.ts";

test("there are 15 subsets, and each seed kills each once, and once in each gap", () => {
  expect(new Set(SUBSETS.map((each) => each.join())).size).toBe(15);
  for (let seed = 1; seed <= 20; seed++) {
    const rounds = planOf(seed);
    const killed = rounds.flatMap((round) =>
      round.kind === "subset" ? [round.killed.join()] : [],
    );
    expect(killed.sort()).toEqual(SUBSETS.map((each) => each.join()).sort());
    const gaps = rounds.flatMap((round) =>
      round.kind === "gap" && !round.wakes ? [round.gap.line] : [],
    );
    expect(gaps.sort()).toEqual(GAPS.map(({ line }) => line).sort());
    expect(planOf(seed)).toEqual(rounds);
  }
});

test("who is killed is started again, in any order", () => {
  const orders = new Set<string>();
  for (let seed = 1; seed <= 60; seed++) {
    for (const round of planOf(seed)) {
      if (round.kind !== "subset" || round.killed.length < MEMBERS.length) continue;
      const order = round.restarts.map(({ member }) => member);
      expect(order.toSorted()).toEqual(MEMBERS.toSorted());
      orders.add(order.join());
    }
  }
  expect(orders.size).toBeGreaterThan(15);
});
