import { expect, test } from "bun:test";
import { fromPosition, toPosition } from "../../../../src/connectors/file/position.ts";

const at = { offset: 12, record: 3, inode: 99 };

test.each([true, false])("a position goes out and comes back (text: %p)", (isText) => {
  expect(fromPosition(toPosition(at, isText), isText, "/a")).toEqual(at);
});

test("a position of lines is none of frames", () => {
  expect(() => fromPosition(toPosition(at, true), false, "/a")).toThrow("no position in a file of");
});

test.each([
  [{ offset: -1, line: 1, inode: 1 }],
  [{ offset: 1.5, line: 1, inode: 1 }],
  [{ offset: 0, line: 0, inode: 1 }],
  [{ offset: 0, line: 1 }],
  [7],
  ["7"],
])("%j is no position", (position) => {
  expect(() => fromPosition(position, true, "/a")).toThrow("/a");
});
