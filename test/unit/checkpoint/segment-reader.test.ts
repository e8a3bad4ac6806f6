import { expect, test } from "bun:test";
import { eachRecord } from "../../../src/checkpoint/segment-reader.ts";

test("a record that says that it is longer than its block is refused", () => {
  const block = new Uint8Array(20);
  new DataView(block.buffer).setUint32(0, 13);
  expect(() => eachRecord(block, "a.seg", () => undefined)).toThrow("a.seg is damaged");
  expect(() => eachRecord(block.subarray(0, 5), "a.seg", () => undefined)).toThrow("cut off");
});

test("records are read one after the other, each to its own end", () => {
  const block = new Uint8Array(8 + 2 + 8);
  const view = new DataView(block.buffer);
  view.setUint32(0, 2);
  view.setUint32(4, 9);
  view.setUint32(14, 4);
  const found: [number, number][] = [];
  eachRecord(block, "a.seg", (from, group) => found.push([group, from.end - from.at]));
  expect(found).toEqual([
    [9, 2],
    [4, 0],
  ]);
});
