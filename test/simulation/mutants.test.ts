/** One mutant, so that the oracle is known to see. All: `npm run campaign mutants`. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { findMutant, MUTANTS } from "./mutants.ts";

const root = join(import.meta.dir, "../..");

test("a barrier that overtakes records is found", async () => {
  const mutant = MUTANTS.find(({ name }) => name.startsWith("a barrier overtakes"))!;
  const { seed, problem } = await findMutant(root, mutant, { from: 1, seeds: 60, seconds: 60 });
  expect(seed).toBeGreaterThan(0);
  expect(problem).toContain("barrier");
}, 120_000);

test("a batch that is lost behind the wire is told by the counts at a barrier", async () => {
  const mutant = MUTANTS.find(({ name }) => name.startsWith("an inbox loses"))!;
  const { seed, problem } = await findMutant(root, mutant, { from: 1, seeds: 60, seconds: 60 });
  expect(seed).toBeGreaterThan(0);
  expect(problem).toMatch(/^channel \d+ .* carried \d+ records until barrier/);
}, 120_000);

test("the same copy without a mutant finds nothing", async () => {
  const whole = { name: "none", changes: [] };
  const found = await findMutant(root, whole, { from: 1, seeds: 20, seconds: 60 });
  expect(found).toEqual({ ran: 20 });
}, 120_000);
