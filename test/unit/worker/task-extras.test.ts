import { expect, test } from "bun:test";
import { groupsIn } from "../../../src/worker/task-extras.ts";
import { pairsOf } from "../../../src/worker/task-snapshots.ts";

test("key groups become pairs, and pairs the same key groups", () => {
  expect(pairsOf([5, 3, 4, 9, 0])).toEqual([
    [0, 1],
    [3, 6],
    [9, 10],
  ]);
  expect([...groupsIn(pairsOf([5, 3, 4, 9, 0]))]).toEqual([0, 3, 4, 5, 9]);
  expect(pairsOf([])).toEqual([]);
});
