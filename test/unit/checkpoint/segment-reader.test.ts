import { expect, test } from "bun:test";
import { eachRecord } from "../../../src/checkpoint/segment-reader.ts";

test("a record that says that it is longer than its block is refused", () => {
  const block = new Uint8Array(20);
  block[0] = 20;
  expect(() => eachRecord(block, "a.seg", () => undefined)).toThrow("a.seg is damaged");
  expect(() => eachRecord(block.subarray(0, 1), "a.seg", () => undefined)).toThrow("cut off");
  expect(() => eachRecord(new Uint8Array(4), "a.seg", () => undefined)).toThrow("cut off");
  const endless = new Uint8Array(20).fill(0xff);
  expect(() => eachRecord(endless, "a.seg", () => undefined)).toThrow();
});

test("records are read one after the other, each to its own end", () => {
  const block = Uint8Array.from([0x83, 0, 9, 1, 1, 0x81, 0, 4]);
  const found: [number, number][] = [];
  eachRecord(block, "a.seg", (from, group) => found.push([group, from.end - from.at]));
  expect(found).toEqual([
    [9, 2],
    [4, 0],
  ]);
});
