/** The contract of sources objects to each way in which a source can be wrong. */
import { expect, test } from "bun:test";
import { memory } from "../../../src/connectors/memory/mod.ts";
import type { Batch, Source, SplitReader } from "../../../src/model/source.ts";
import { connectorWorld } from "../../../src/testing/connector-world.ts";
import { sourceContract } from "../../../src/testing/mod.ts";

const RECORDS = Array.from({ length: 25 }, (_, i) => `record ${i}`);
const good = (): Source<string> => memory.source(RECORDS, { batch: 10 });

/** Names of the checks that fail, with what they say. */
async function failuresOf(source: () => Source<string>): Promise<string[]> {
  const { source: ctx } = connectorWorld();
  const checks = sourceContract(async () => ({ source: source(), ctx, records: [RECORDS] }));
  const failures: string[] = [];
  for (const check of checks) {
    await check.run().catch((error: Error) => failures.push(`${check.name}: ${error.message}`));
  }
  return failures;
}

/** The good source, each of its batches changed. */
function changed(change: (batch: Batch<string>) => Batch<string>): Source<string> {
  return {
    ...good(),
    async open(split, position, ctx): Promise<SplitReader<string>> {
      const reader = await good().open(split, position, ctx);
      return {
        acknowledge: (at) => reader.acknowledge(at),
        [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
        async *read() {
          for await (const batch of reader.read()) yield change(batch);
        },
      };
    },
  };
}

test("a good source keeps it", async () => {
  expect(await failuresOf(good)).toEqual([]);
});

test.each<[string, () => Source<string>, string]>([
  ["two equal splits", () => ({ ...good(), splits: async () => ["a", "a"] }), "number of splits"],
  [
    "a wrong count",
    () => changed((batch) => ({ ...batch, count: 9 })),
    "count of a batch is 9, but it has 10 records",
  ],
  [
    "records in another order",
    () => changed((batch) => ({ ...batch, records: batch.records!.toReversed() })),
    'the records of split "memory": [0]: "record 9", expected "record 0"',
  ],
  [
    "positions that are one too late",
    () => changed((batch) => ({ ...batch, positionOf: (i) => batch.positionOf!(i + 1) })),
    'from 1 on: [0]: "record 1", expected "record 0"',
  ],
  [
    "a batch whose end is the next one's middle",
    () => changed((batch) => ({ ...batch, next: Number(batch.next) + 1 })),
    "batch by batch",
  ],
  ["no positions", () => changed((b) => ({ ...b, next: undefined })), "has no position"],
  ["a time that is none", () => changed((b) => ({ ...b, time: Number.NaN })), "is NaN"],
  [
    "a position that JSON does not carry",
    () => changed((batch) => ({ ...batch, positionOf: () => ({ at: Number.NaN }) })),
    "stored as JSON",
  ],
])("a source with %s breaks it", async (_, source, text) => {
  expect((await failuresOf(source)).join("\n")).toContain(text);
});
