import { expect, test } from "bun:test";
import { grownFrom, heldBy } from "./resources.ts";

test("a tenth is noise, twice as many files are not", () => {
  const before = { residentBytes: 100e6, files: 40, threads: 10 };
  expect(grownFrom(before, { residentBytes: 109e6, files: 44, threads: 11 })).toEqual([]);
  expect(grownFrom(before, { ...before, files: 80 })).toEqual(["files grew from 40 to 80"]);
  expect(grownFrom(before, { ...before, residentBytes: 300e6 })).toHaveLength(1);
});

test("this process holds something", () => {
  const { residentBytes, files, threads } = heldBy(process.pid);
  expect(Math.min(residentBytes, files, threads)).toBeGreaterThan(0);
});
