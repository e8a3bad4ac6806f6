import { expect, test } from "bun:test";
import { SimulatedOutput } from "../../../src/testing/simulated-output.ts";
import { testWorld } from "../../support/connector-context.ts";

async function outputOf(
  records: readonly unknown[],
  ignored: readonly string[] = [],
): Promise<SimulatedOutput> {
  const output = new SimulatedOutput(ignored);
  const sink = output.sink("out");
  const ctx = testWorld().sink();
  const writer = await sink.open(ctx);
  await writer.write(records);
  const pending = await writer.prepare(1);
  const committer = await sink.committer!(ctx);
  if (pending !== undefined) await committer.commit(pending);
  return output;
}

test("the order of records does not count, their number does", async () => {
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
