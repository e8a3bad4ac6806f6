import { expect, test } from "bun:test";
import { generator } from "../../../../src/connectors/generator/mod.ts";
import { codeOf, settle, testWorld } from "../../../support/connector-context.ts";
import { LiveRead, readSplit, recordsOf } from "../../../support/read-source.ts";
import { testSourceContract } from "../../../support/source-contract.ts";

const dice = (seed?: number) =>
  generator({
    count: 1200,
    ...(seed === undefined ? {} : { seed }),
    make: (i, random) => ({ i, roll: random.below(6), more: random.u32() }),
  });

testSourceContract("generator", async () => {
  const { source: ctx } = testWorld();
  return { source: dice(7), ctx, records: [await recordsOf(dice(7), ctx, "generator")] };
});

testSourceContract("generator with gaps", async () => {
  const { source: ctx } = testWorld();
  const make = (i: number) => (i % 3 === 1 ? undefined : i);
  const records = Array.from({ length: 50 }, (_, i) => i).filter((i) => i % 3 !== 1);
  return { source: generator({ count: 50, make }), ctx, records: [records] };
});

testSourceContract("generator.from", async () => {
  const { source: ctx } = testWorld();
  const source = generator.from({
    first: { n: 1, path: ["a"] },
    next: ({ n }) => (n < 700 ? { n: n + 1, path: [`a${n}`, "b"] } : undefined),
  });
  const records = Array.from({ length: 700 }, (_, i) => ({
    n: i + 1,
    path: i === 0 ? ["a"] : [`a${i}`, "b"],
  }));
  return { source, ctx, records: [records] };
});

test("the same seed gives the same records, another seed others", async () => {
  const { source: ctx } = testWorld();
  const [a, b, c, none] = await Promise.all(
    [dice(7), dice(7), dice(8), dice()].map((source) => recordsOf(source, ctx, "generator")),
  );
  expect(a).toEqual(b);
  expect(a).not.toEqual(c);
  expect(none).toEqual(await recordsOf(dice(0), ctx, "generator"));
});

test("records are pinned, so that they stay the same in every version", async () => {
  const { source: ctx } = testWorld();
  const source = generator({ count: 3, seed: 42, make: (_, random) => random.u32() });
  expect(await recordsOf(source, ctx, "generator")).toMatchInlineSnapshot(`
    [
      3737114965,
      4004556825,
      3289333385,
    ]
  `);
});

test("random numbers are spread evenly, over records and within one", async () => {
  const { source: ctx } = testWorld();
  const counts = new Map<number, number>();
  const source = generator({
    count: 20_000,
    seed: 3,
    make: (_, random) => [random.below(10), random.below(10)],
  });
  for (const [a, b] of await recordsOf(source, ctx, "generator")) {
    counts.set(a!, (counts.get(a!) ?? 0) + 1);
    counts.set(10 + b!, (counts.get(10 + b!) ?? 0) + 1);
  }
  expect(counts.size).toBe(20);
  for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(200);
});

test("a rate is kept by count, smoothly and without drift", async () => {
  const world = testWorld();
  const source = generator({ rate: 3, make: (i) => i });
  await using reader = await source.open("generator", undefined, world.source);
  const live = new LiveRead(source, reader);
  await settle();
  const start = world.clock.now();
  expect(live.values).toEqual([0]);
  for (let ms = 1; ms <= 100_000; ms += 1) {
    world.clock.advance(1);
    await Promise.resolve();
    if (ms % 1000 === 0) await settle();
  }
  await settle();
  expect(live.values.length).toBe(301);
  // No record leaves before it is due, and none much after.
  for (const [i, { time }] of live.records.entries()) {
    const late = time - start - (i * 1000) / 3;
    expect(late).toBeGreaterThanOrEqual(-0.001);
    expect(late).toBeLessThan(25);
  }
});

test("a high rate leaves in batches, and what was late is made up for", async () => {
  const world = testWorld();
  const source = generator({ rate: 100_000, make: (i) => i });
  await using reader = await source.open("generator", undefined, world.source);
  const batches = reader.read()[Symbol.asyncIterator]();
  const sizes: number[] = [];
  const take = async () => sizes.push((await batches.next()).value!.count);
  await take();
  world.clock.advance(10);
  await take();
  await take();
  expect(sizes).toEqual([1, 512, 488]);
  const next = take();
  await settle();
  expect(world.clock.waiting).toBe(1);
  world.clock.advance(1);
  await next;
  expect(sizes[3]).toBe(100);
});

test("without a rate nothing waits, and batches are full", async () => {
  const world = testWorld();
  const batches = await readSplit(dice(), world.source, "generator");
  expect(batches.map(({ records }) => records.length)).toEqual([512, 512, 176]);
  expect(world.clock.waiting).toBe(0);
});

test("the time of a record is when it was made", async () => {
  const world = testWorld();
  const [batch] = await readSplit(dice(), world.source, "generator", undefined, 1);
  expect(batch!.records[0]!.time).toBe(world.clock.now());
});

test("a count of 0 is an end at once", async () => {
  const { source: ctx } = testWorld();
  const none = generator({ count: 0, make: (i) => i });
  expect(await recordsOf(none, ctx, "generator")).toEqual([]);
  const noneFrom = generator.from({ count: 0, first: 1, next: (n) => n + 1 });
  expect(await recordsOf(noneFrom, ctx, "generator")).toEqual([]);
});

test("a generator that only makes nothing still ends, and can be closed", async () => {
  const world = testWorld();
  const nothing = generator({ count: 2000, make: () => undefined });
  await using reader = await nothing.open("generator", undefined, world.source);
  const live = new LiveRead(nothing, reader);
  for (let i = 0; i < 10; i++) {
    await settle();
    world.clock.advance(1);
  }
  await settle();
  expect(live.end).toBe("finished");
  expect(live.records).toEqual([]);
});

test.each([
  ["no function", { make: 3 }],
  ["a negative count", { count: -1 }],
  ["half a record", { count: 1.5 }],
  ["a rate of 0", { rate: 0 }],
  ["an endless rate", { rate: Number.POSITIVE_INFINITY }],
  ["half a seed", { seed: 0.5 }],
])("%s is refused", async (_, options) => {
  const all = { make: (i: number) => i, ...options } as Parameters<typeof generator>[0];
  expect(await codeOf(() => generator(all))).toBe("bad_option");
});

test("a generator.from without a first record is refused", async () => {
  const options = { first: undefined, next: (n: number | undefined) => n };
  expect(await codeOf(() => generator.from(options))).toBe("bad_option");
});

test("an error of the user's function says for which record", async () => {
  const { source: ctx } = testWorld();
  const source = generator({
    count: 9,
    make: (i) => {
      if (i === 5) throw new Error("five");
      return i;
    },
  });
  await expect(recordsOf(source, ctx, "generator")).rejects.toThrow("make(5, random) threw: five");
});

test.each([
  ["a date", { at: new Date(5) }, "field at"],
  ["a number that is none", Number.NaN, "the record"],
  ["a bigint", { n: 5n }, "field n"],
  ["minus zero", [-0], "field 0"],
])("a position refuses %s, which JSON would change", async (_, first, field) => {
  const { source: ctx } = testWorld();
  const source = generator.from<unknown>({ first, next: (r) => r, count: 3 });
  await expect(readSplit(source, ctx, "generator")).rejects.toThrow(field);
});

test.each([[-1], [1.5], ["7"], [{ index: 3 }]])("position %j is refused", async (position) => {
  const { source: ctx } = testWorld();
  expect(await codeOf(dice().open("generator", position, ctx))).toBe("bad_position");
  const from = generator.from({ first: 1, next: (n) => n + 1 });
  expect(await codeOf(from.open("generator", position, ctx))).toBe("bad_position");
});
