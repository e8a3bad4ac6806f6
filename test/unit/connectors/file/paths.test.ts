import { expect, test } from "bun:test";
import { absolutePath, nameFilter } from "../../../../src/connectors/file/paths.ts";
import { MemoryDisk } from "../../../support/memory-disk.ts";

test.each([
  ["*.jsonl", "a.jsonl", true],
  ["*.jsonl", "a.jsonl.gz", false],
  ["*.jsonl", "ajsonl", false],
  ["log-?.txt", "log-1.txt", true],
  ["log-?.txt", "log-12.txt", false],
  ["a+(b)[c].txt", "a+(b)[c].txt", true],
  ["a+(b)[c].txt", "aab.txt", false],
  ["*", "anything at all", true],
  ["?", "🪲", true],
])("pattern %s on %s is %p", (pattern, name, fits) => {
  expect(nameFilter("test", pattern)(name)).toBe(fits);
});

test("without a pattern every name fits", () => {
  expect(nameFilter("test", undefined)("x")).toBe(true);
});

test("relative paths are the disk's to resolve", () => {
  const disk = new MemoryDisk({ folder: "/data" });
  expect(absolutePath("test", "in/a.txt", disk)).toBe("/data/in/a.txt");
  expect(absolutePath("test", "/in/a.txt", disk)).toBe("/in/a.txt");
});
