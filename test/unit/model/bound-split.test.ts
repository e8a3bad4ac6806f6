import { expect, test } from "bun:test";
import { splitOf, workerOfSplit } from "../../../src/model/bound-split.ts";

test("a split tells the worker that it is bound to", () => {
  expect(workerOfSplit(splitOf("w-1"))).toBe("w-1");
});
