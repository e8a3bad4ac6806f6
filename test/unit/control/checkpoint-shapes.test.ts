import { expect, test } from "bun:test";
import { partSnapshot } from "../../../src/control/checkpoint-shapes.ts";

const file = { name: "jobs/a/1.seg", size: 1, sha256: "ab".repeat(32), epoch: 1 };
const task = (over: object) => ({
  tasks: [{ steps: [{ name: "count", groups: [[0, 256]] }], files: [{ ...file, ...over }] }],
  positions: [],
  committables: [],
});

test("a file that is named out of the store, or has no hash, is no part of a snapshot", () => {
  expect(partSnapshot(task({}), "")).toBeUndefined();
  expect(partSnapshot(task({ name: "jobs/a b" }), "")).toMatch(/name/);
  expect(partSnapshot(task({ sha256: "ab" }), "")).toMatch(/sha256/);
  expect(partSnapshot(task({ size: -1 }), "")).toMatch(/size/);
  expect(partSnapshot(task({ more: 1 }), "")).toMatch(/more/);
});

test("positions are numbers, texts or flat objects", () => {
  const at = (position: unknown) => ({
    tasks: [],
    positions: [{ source: "in", split: "a", position, isDone: false }],
    committables: [],
  });
  for (const position of [7, "x", { file: "a", line: 3, isEnd: true }, undefined]) {
    expect(partSnapshot(at(position), "")).toBeUndefined();
  }
  for (const position of [{ deep: { er: 1 } }, [1], null, Number.NaN]) {
    expect(partSnapshot(at(position), "")).toMatch(/position/);
  }
});
