/** A listener with a log against its ledger: what was promised is read, once, in order. */
import { expect, test } from "bun:test";
import { IngestStory } from "../support/ingest-story.ts";

const SEEDS = 150;

test("whatever the power takes, what was promised is read once and in order", async () => {
  let [kept, lives] = [0, 0];
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      const facts = await new IngestStory(seed).run();
      kept += facts.kept;
      lives += facts.lives;
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
    }
  }
  // The story is one: something was promised, and powers failed.
  expect(kept).toBeGreaterThan(SEEDS * 10);
  expect(lives).toBeGreaterThan(SEEDS * 2);
});
