import { expect, test } from "bun:test";
import { deployRequest, restoreRequest } from "../../../src/observe/cluster-requests.ts";

const place = { lineage: "a-0123456789ab", savepoint: "sp-1" };

test("a deploy may name a savepoint, and what of it may be left behind", () => {
  const body = { app: "a", from: place, dropStates: ["count"] };
  expect(deployRequest(body)).toMatchObject(body);
  expect(deployRequest({ app: "a" })).toMatchObject({ from: undefined, dropStates: [], set: {} });
});

test("a deploy may say how often checkpoints are taken", () => {
  const body = { app: "a", checkpointIntervalMs: 5_000 };
  expect(deployRequest(body)).toMatchObject(body);
});

test("wrong bodies are told what is wanted", () => {
  const wrong = [
    undefined,
    [],
    {},
    { app: 1 },
    { app: "a", from: "sp-1" },
    { app: "a", from: { ...place, savepoint: 1 } },
    { app: "a", dropStates: "count" },
    { app: "a", dropStates: [1] },
    { app: "a", workers: 0 },
    { app: "a", checkpointIntervalMs: 249 },
    { app: "a", checkpointIntervalMs: "5s" },
    { app: "a", checkpointIntervalMs: 86_400_001 },
    { app: "a", set: { x: 1 } },
  ];
  for (const body of wrong) expect(deployRequest(body)).toContain('{"app": "NAME"}');
  for (const body of [{ from: 1 }, { acceptDuplicates: "yes" }, { lineage: "a" }]) {
    expect(restoreRequest(body)).toContain('{"from": "12"');
  }
});

test("a restore is from a checkpoint, or from a savepoint of another job", () => {
  expect(restoreRequest(undefined)).toMatchObject({ from: undefined, acceptDuplicates: false });
  expect(restoreRequest({ from: "sp-1", lineage: "b-1", acceptDuplicates: true })).toEqual({
    from: "sp-1",
    lineage: "b-1",
    acceptDuplicates: true,
  });
});
