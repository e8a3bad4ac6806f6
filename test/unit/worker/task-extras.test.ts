import { expect, test } from "bun:test";
import { keyGroup } from "../../../src/model/key.ts";
import { groupsIn, placeOfExtra } from "../../../src/worker/task-extras.ts";
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

test("a call goes on where its key is, or its split, and what has none is nowhere", () => {
  const of = (kind: string, value: unknown) => placeOfExtra({ step: "ask", kind, value });
  const [call, split] = [{ record: 1, time: 0 }, ["in", "0"] as const];
  expect(of("inFlight", { ...call, key: ["a", 1], split })).toEqual({ group: keyGroup(["a", 1]) });
  expect(of("inFlight", { ...call, key: "" })).toEqual({ group: keyGroup("") });
  expect(of("inFlight", { ...call, split })).toEqual({ split });
  expect(of("inFlight", call)).toEqual({});
  expect(of("waiting", { key: "a", split })).toEqual({});
});
