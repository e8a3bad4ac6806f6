import { expect, test } from "bun:test";
import { utf8 } from "../../../src/api/mod.ts";
import { memory } from "../../../src/connectors/memory/mod.ts";
import type { Batch, Source } from "../../../src/model/source.ts";
import { connectorWorld } from "../../../src/testing/connector-world.ts";
import { copyBatch, readSplit, recordsOf } from "../../../src/testing/read-split.ts";

const source: Source<string> = { ...memory.source(["a", "b", "c"], { batch: 2 }), decode: utf8 };
const ctx = connectorWorld().source;

test("a split is read to its end, from a position on, or until enough was read", async () => {
  expect(await recordsOf(source, ctx, "memory")).toEqual(["a", "b", "c"]);
  expect(await recordsOf(source, ctx, "memory", 1)).toEqual(["b", "c"]);
  const batches = await readSplit(source, ctx, "memory", undefined, 1);
  expect(batches.map(({ records, next }) => [records.length, next])).toEqual([[2, 2]]);
});

test("bytes of a batch are decoded by the source's codec", () => {
  const bytes = Buffer.from("onetwo");
  const batch: Batch<string> = {
    count: 2,
    bytes,
    starts: Int32Array.of(0, 3),
    ends: Int32Array.of(3, 6),
    time: 5,
    next: undefined,
  };
  expect(copyBatch(source, batch).records.map(({ record }) => record)).toEqual(["one", "two"]);
  expect(() => copyBatch(memory.source<string>([]), batch)).toThrow("neither records nor bytes");
  expect(() => copyBatch(source, { ...batch, count: 0 })).toThrow("a batch has 0 records");
});
