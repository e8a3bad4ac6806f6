import { expect, test } from "bun:test";
import { keyGroup } from "../../../src/model/key.ts";
import { groupOfExtra, groupsIn } from "../../../src/worker/task-extras.ts";
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

test("a call goes on where its key is, and what has none is not of a key group", () => {
  const of = (kind: string, value: unknown) => groupOfExtra({ step: "ask", kind, value });
  expect(of("inFlight", { record: 1, time: 0, key: ["a", 1] })).toBe(keyGroup(["a", 1]));
  expect(of("inFlight", { record: 1, time: 0, key: "" })).toBe(keyGroup(""));
  expect(of("inFlight", { record: 1, time: 0 })).toBeUndefined();
  expect(of("waiting", { key: "a" })).toBeUndefined();
});
