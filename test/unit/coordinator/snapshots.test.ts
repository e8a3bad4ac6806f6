import { expect, test } from "bun:test";
import { isSameSnapshot, unneededFiles } from "../../../src/coordinator/snapshots.ts";
import type { Manifest, PartSnapshot } from "../../../src/model/checkpoint.ts";

const file = (name: string) => ({ name, size: 1, sha256: "00", epoch: 1 });
const snapshot = (names: readonly string[], position: number): PartSnapshot => ({
  tasks: names.map((name) => ({ steps: [], files: [file(name)] })),
  positions: [{ source: "in", split: "a", position, isDone: false }],
  committables: [],
});
const manifest = (names: readonly string[], position = 1): Manifest => ({
  ...snapshot(names, position),
  epoch: 1,
  generation: { leaderEpoch: 1, attempt: 1 },
  app: "a",
  graphHash: "",
  keyGroups: 256,
  at: 0,
  tookMs: 0,
  isFinal: false,
  states: [],
});

test("a barrier that found everything as it was is no other checkpoint", () => {
  expect(isSameSnapshot(snapshot(["b", "a"], 1), manifest(["a", "b"]))).toBe(true);
  expect(isSameSnapshot(snapshot(["a", "b"], 2), manifest(["a", "b"]))).toBe(false);
  expect(isSameSnapshot(snapshot(["a", "c"], 1), manifest(["a", "b"]))).toBe(false);
  expect(isSameSnapshot(snapshot([], 1), undefined)).toBe(false);
  const pending = { sink: "out", target: undefined, index: 0, pending: 1 };
  const withOne = { ...snapshot(["a"], 1), committables: [pending] };
  expect(isSameSnapshot(withOne, manifest(["a"]))).toBe(false);
});

test("a file goes only when no checkpoint that is kept names it", () => {
  const [one, two, three] = [manifest(["a", "b"]), manifest(["b", "c"]), manifest(["c", "d"])];
  expect(unneededFiles([one], [two, three]).map(({ name }) => name)).toEqual(["a"]);
  expect(unneededFiles([one, two], [three]).map(({ name }) => name)).toEqual(["a", "b"]);
  expect(unneededFiles([], [three]).map(({ name }) => name)).toEqual([]);
});
