import { expect, test } from "bun:test";
import { MemoryEntry, ownKey } from "../../../src/state/memory-entry.ts";

test("a new entry was never kept and is in no table", () => {
  const { saved, at, isGone } = new MemoryEntry("a", 3, { n: 1 }, 7, 0);
  expect([saved, at, isGone]).toEqual([0, -1, false]);
});

test("a key of its own is the same key, and an array that nobody changes", () => {
  const text = "a chunk of a file, and a key".slice(-5);
  expect([ownKey(text), ownKey(7), ownKey(true)]).toEqual([text, 7, true]);
  const parts = [text, 1];
  const own = ownKey(parts);
  parts[1] = 2;
  expect(own).toEqual([text, 1]);
  expect(Object.isFrozen(own)).toBe(true);
});
