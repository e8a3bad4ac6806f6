import { expect, test } from "bun:test";
import { epochUs } from "../../../src/cli/precise-time.ts";

test("time is in microseconds since the epoch and does not go back", () => {
  const before = epochUs();
  const after = epochUs();
  expect(after).toBeGreaterThanOrEqual(before);
  // Between the years 2020 and 2100, in microseconds.
  expect(before).toBeGreaterThan(1.57e15);
  expect(before).toBeLessThan(4.11e15);
});
