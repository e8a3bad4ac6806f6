/** What crashes leave in a store is removed, and nothing that anybody can begin from. */
import { expect, test } from "bun:test";
import { SweepStory } from "../support/sweep-story.ts";

const SEEDS = 24;

test("whoever dies where, what can be begun from is whole, and nothing is left over", async () => {
  let [lives, checkpoints, removed] = [0, 0, 0];
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      const facts = await new SweepStory(seed).run();
      lives += facts.lives;
      checkpoints += facts.checkpoints;
      removed += facts.removed;
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
    }
  }
  // The story is one.
  expect(lives).toBeGreaterThan(SEEDS * 3);
  expect(checkpoints).toBeGreaterThan(SEEDS * 8);
  expect(removed).toBeGreaterThan(SEEDS * 8);
});
