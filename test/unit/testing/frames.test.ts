import { expect, test } from "bun:test";
import { fixed } from "../../../src/codec/fixed.ts";
import { utf8 } from "../../../src/codec/utf8.ts";
import type { FrameKind } from "../../../src/model/frame.ts";
import { readFrames, writeFrames } from "../../../src/testing/frames.ts";

test.each<FrameKind>(["u8", "u16be", "u16le", "u32be", "u32le", "lines"])(
  "records written as frames of kind %s are read again",
  (frame) => {
    const records = Array.from({ length: 2_000 }, (_, i) => "x".repeat(i % 90));
    expect(readFrames(writeFrames(records, utf8, frame), utf8, frame)).toEqual(records);
  },
);

test("frames have a length of four bytes before them, unless another kind is named", () => {
  const vote = fixed({ letter: "text1", votes: "u32" });
  const bytes = writeFrames([{ letter: "a", votes: 7 }], vote);
  expect([...bytes]).toEqual([0, 0, 0, 5, 97, 0, 0, 0, 7]);
  expect(readFrames(bytes, vote).map(({ letter, votes }) => [letter, votes])).toEqual([["a", 7]]);
  expect(readFrames(new Uint8Array(0), vote)).toEqual([]);
});

test("bytes that end within a frame, or within its length, are refused", () => {
  const bytes = writeFrames(["abc", "de"], utf8);
  for (const cut of [1, 3, 5, 8, 12]) {
    expect(() => readFrames(bytes.subarray(0, cut), utf8)).toThrow("are no whole frame");
  }
  expect(readFrames(bytes.subarray(0, 7), utf8)).toEqual(["abc"]);
});

test("a kind of frame that there is not is refused", () => {
  expect(() => readFrames(new Uint8Array(0), utf8, "u64" as FrameKind)).toThrow("u64");
});
