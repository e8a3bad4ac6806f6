import { expect, test } from "bun:test";
import { memory } from "../../../../src/connectors/memory/mod.ts";
import { codeOf, testWorld } from "../../../support/connector-context.ts";
import { readSplit, recordsOf } from "../../../support/read-source.ts";
import { testSourceContract } from "../../../support/source-contract.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

testSourceContract("memory.source", async () => ({
  source: memory.source(numbers(40), { batch: 7 }),
  ctx: testWorld().source,
  records: [numbers(40)],
}));

test("times given with the records are their event times", async () => {
  const source = memory.source(["a", "b", "c"], { batch: 2, times: [5, 3, 9] });
  const batches = await readSplit(source, testWorld().source, "memory");
  expect(batches.flatMap((b) => b.records.map((r) => r.time))).toEqual([5, 3, 9]);
});

test("a source without records ends at once", async () => {
  expect(await recordsOf(memory.source([]), testWorld().source, "memory")).toEqual([]);
});

test("bad options of memory are refused", async () => {
  expect(await codeOf(() => memory.source([1], { batch: 0 }))).toBe("bad_option");
  expect(await codeOf(() => memory.source([1], { batch: 513 }))).toBe("bad_option");
  expect(await codeOf(() => memory.source([1], { times: [1, 2] }))).toBe("bad_option");
  expect(await codeOf(() => memory.feed({ capacity: 0 }))).toBe("bad_option");
});

test("a position beyond the records is refused", async () => {
  const { source: ctx } = testWorld();
  expect(await codeOf(memory.source([1, 2]).open("memory", 3, ctx))).toBe("bad_position");
  expect(await codeOf(memory.source([1, 2]).open("memory", "x", ctx))).toBe("bad_position");
});
