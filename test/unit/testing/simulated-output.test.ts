import { expect, test } from "bun:test";
import { SimulatedOutput } from "../../../src/testing/simulated-output.ts";
import type { Key } from "../../../src/model/key.ts";
import type { SinkOrder } from "../../../src/testing/sink-order.ts";
import { testWorld } from "../../support/connector-context.ts";

async function outputOf(
  records: readonly unknown[],
  ignored: readonly string[] = [],
  order?: SinkOrder,
): Promise<SimulatedOutput> {
  const output = new SimulatedOutput(ignored);
  const { sink } = output.sink("out", order);
  const ctx = testWorld().sink();
  const writer = await sink.open(ctx);
  await writer.write(records);
  const pending = await writer.prepare(1);
  const committer = await sink.committer!(ctx);
  if (pending !== undefined) await committer.commit(pending);
  return output;
}

test("the order of records does not count where none is defined, their number does", async () => {
  const wanted = await outputOf(["a", "b", "b"]);
  expect((await outputOf(["b", "a", "b"])).differenceFrom(wanted)).toBeUndefined();
  expect((await outputOf(["b", "a"])).differenceFrom(wanted)).toBe('out: 1 missing, such as "b"');
  expect((await outputOf(["b", "a", "c", "c"])).differenceFrom(wanted)).toBe(
    'out: 1 missing, such as "b"; 2 too many, such as "c"',
  );
  expect((await outputOf([])).differenceFrom(wanted)).toMatch(/^out: 3 missing/);
});

test("a record is what it was when it was written", async () => {
  const record = { n: 1 };
  const output = await outputOf([record]);
  record.n = 2;
  expect(output.differenceFrom(await outputOf([{ n: 1 }]))).toBeUndefined();
  expect(output.differenceFrom(await outputOf([{ n: 2 }]))).toMatch(/1 missing.*1 too many/);
});

test("kinds of values are told apart, and fields may be left out", async () => {
  const [text, number] = [await outputOf(["1"]), await outputOf([1])];
  expect(text.differenceFrom(number)).toMatch(/1 missing, such as 1; 1 too many, such as "1"/);
  const [early, late] = [
    { at: 1, n: 5 },
    { at: 2, n: 5 },
  ];
  expect((await outputOf([early])).differenceFrom(await outputOf([late]))).toBeDefined();
  const ignoring = await outputOf([early], ["at"]);
  expect(ignoring.differenceFrom(await outputOf([late], ["at"]))).toBeUndefined();
});

test("where an order of all records is defined, it counts", async () => {
  const wanted = await outputOf(["a", "b", "b"], [], "all");
  expect((await outputOf(["a", "b", "b"], [], "all")).differenceFrom(wanted)).toBeUndefined();
  expect((await outputOf(["b", "a", "b"], [], "all")).differenceFrom(wanted)).toBe(
    'out: another order of all records: number 1 is "b", without faults "a"',
  );
  expect((await outputOf(["b", "a"], [], "all")).differenceFrom(wanted)).toMatch(/1 missing/);
});

/** Records with the keys that the tap is told. */
async function keyedOutput(records: readonly (readonly [Key, string])[]): Promise<SimulatedOutput> {
  const output = new SimulatedOutput([]);
  const { sink, tap } = output.sink("out", { keyedBy: 3 });
  expect(tap?.keyedBy).toBe(3);
  const ctx = testWorld().sink();
  const writer = await sink.open(ctx);
  for (const [key] of records) tap!.see(key);
  // Taps are told of records at once, writers get them later, and in parts.
  await writer.write(records.slice(0, 2).map(([, record]) => record));
  await writer.write(records.slice(2).map(([, record]) => record));
  const committer = await sink.committer!(ctx);
  await committer.commit(await writer.prepare(1));
  return output;
}

test("where an order is defined for each key, only that counts", async () => {
  const wanted = await keyedOutput([
    ["k", "a"],
    ["k", "b"],
    [7, "c"],
    [7, "d"],
  ]);
  const mixed = await keyedOutput([
    [7, "c"],
    ["k", "a"],
    [7, "d"],
    ["k", "b"],
  ]);
  expect(mixed.differenceFrom(wanted)).toBeUndefined();
  const swapped = await keyedOutput([
    [7, "c"],
    ["k", "b"],
    [7, "d"],
    ["k", "a"],
  ]);
  expect(swapped.differenceFrom(wanted)).toBe(
    'out: another order of those of key "k": number 1 is "b", without faults "a"',
  );
  const moved = await keyedOutput([
    ["k", "c"],
    ["k", "b"],
    [7, "a"],
    [7, "d"],
  ]);
  expect(moved.differenceFrom(wanted)).toMatch(/those of key "k": .* \(and of 1 more keys\)$/);
});
