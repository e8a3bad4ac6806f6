/** Records that poison a step are diverted, once each, and leave no trace in anything else. */
import { expect, test } from "bun:test";
import { runPoison } from "../support/poison.ts";

test.each([true, false])("compiled %p: 1 % of 100,000 records is poison", async (compiled) => {
  const { problems, poison } = await runPoison(100_000, { compiled });
  expect(problems).toEqual([]);
  expect(poison).toBeGreaterThan(900);
  expect(poison).toBeLessThan(1_100);
});
