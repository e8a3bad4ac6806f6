import { expect, test } from "bun:test";
import { RoundPace } from "../../../src/coordinator/round-pace.ts";
import { COMMIT_INTERVAL_MS, FIRST_CHECKPOINT_MS } from "../../../src/model/limits.ts";

test("one comes each interval, of each job by itself", () => {
  const pace = new RoundPace();
  const due = (now: number): readonly string[] => [
    ...(pace.isDue("a", now) ? ["a"] : []),
    ...(pace.isDue("b", now, 10_000) ? ["b"] : []),
  ];
  expect(due(0)).toEqual(["a", "b"]);
  expect(due(COMMIT_INTERVAL_MS - 1)).toEqual([]);
  expect(due(COMMIT_INTERVAL_MS)).toEqual(["a"]);
  expect(due(10_000)).toEqual(["a", "b"]);
});

test("the first of a generation comes soon, however long the interval is", () => {
  const pace = new RoundPace();
  expect(pace.isDue("a", 0, 60_000)).toBe(true);
  pace.begin("a", 5_000);
  expect(pace.isDue("a", 5_000 + FIRST_CHECKPOINT_MS - 1, 60_000)).toBe(false);
  expect(pace.isDue("a", 5_000 + FIRST_CHECKPOINT_MS, 60_000)).toBe(true);
  expect(pace.isDue("a", 64_000, 60_000)).toBe(false);
});

test("a job of the same name that begins later knows nothing of the one before", () => {
  const pace = new RoundPace();
  pace.isDue("a", 0, 60_000);
  pace.forget("a");
  expect(pace.isDue("a", 1, 60_000)).toBe(true);
});
