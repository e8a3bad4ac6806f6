/** A sink of several connections: who takes which record, and what they prepare and say. */
import { expect, test } from "bun:test";
import type { Key } from "../../../src/model/key.ts";
import { TaskControl } from "../../../src/operators/control.ts";
import { SinkBuffer } from "../../../src/operators/sink-buffer.ts";
import { joinFacts, SpreadSink } from "../../../src/operators/spread-sink.ts";
import { Prng } from "../../../src/base/prng.ts";
import { settle } from "../../support/connector-context.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { TargetWorld } from "../../support/target-world.ts";

interface Made {
  readonly k: Key;
  readonly n: number;
}

async function spread(count: number, by?: (record: Made) => Key, world = new TargetWorld()) {
  const control = new TaskControl(new FakeClock());
  const errors: unknown[] = [];
  const fail = (error: unknown) => void errors.push(error);
  const buffers = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const sink = world.make(`${i}`);
      const writer = await sink.open({} as never);
      const committer = await sink.committer?.({} as never);
      return new SinkBuffer({ name: "out", control, fail, writer, committer });
    }),
  );
  return { world, control, errors, sink: new SpreadSink("out", buffers, by as never) };
}

test("with a key, all records of a key take one connection, in order", async () => {
  const seed = 5;
  const prng = new Prng(seed);
  const { sink, world } = await spread(4, ({ k }) => k);
  const records = Array.from({ length: 5_000 }, (_, n): Made => ({ k: prng.below(100), n }));
  for (const record of records) sink.push(record, 0);
  sink.flush();
  const all = [...world.written.values()] as Made[][];
  expect(all.length).toBe(4);
  expect(all.reduce((sum, { length }) => sum + length, 0)).toBe(records.length);
  const places = new Map<Key, number>();
  for (const [place, list] of all.entries()) {
    for (const { k } of list) expect(places.getOrInsert(k, place)).toBe(place);
    for (const [k, of] of Map.groupBy(list, (record) => record.k)) {
      expect(of).toEqual(records.filter((record) => record.k === k));
    }
    // No connection is left out, or has nearly all.
    expect(list.length).toBeGreaterThan(500);
  }
  expect(sink.records).toBe(records.length);
});

test("without a key connections take turns", async () => {
  const { sink, world } = await spread(3);
  for (let n = 0; n < 7; n++) sink.push(n, 0);
  sink.flush();
  expect(Object.fromEntries(world.written)).toEqual({ 0: [0, 3, 6], 1: [1, 4], 2: [2, 5] });
});

test("a key that is none names sink and record", async () => {
  const { sink } = await spread(2, () => Number.NaN);
  expect(() => sink.push({ k: "a", n: 1 }, 0)).toThrow(
    /sink "out": by: key is NaN.*for record .*"n":1/,
  );
});

test("all connections prepare, those with something to commit commit", async () => {
  const { sink, world } = await spread(3, undefined, new TargetWorld({ commits: () => true }));
  sink.push("a", 0);
  sink.push("b", 0);
  const pending = await sink.prepare(1);
  expect(pending).toEqual([
    { index: 0, pending: ["a"] },
    { index: 1, pending: ["b"] },
  ]);
  sink.push("c", 0);
  expect(world.committed.size).toBe(0);
  await sink.commit(pending);
  expect(Object.fromEntries(world.committed)).toEqual({ 0: ["a"], 1: ["b"] });
  expect(sink.pending).toBe(1);
  await sink.commit(await sink.prepare(2));
  expect(world.committed.get("2")).toEqual(["c"]);
  expect(await sink.prepare(3)).toBeUndefined();
});

test("a slow connection blocks the task once its bound is full, and frees it", async () => {
  const lag = (call: string, target: string) =>
    call === "write" && target === "1" ? ("later" as const) : ("now" as const);
  const { sink, world, control } = await spread(2, undefined, new TargetWorld({ lag }));
  let pushed = 0;
  for (; !control.stop; pushed++) sink.push(pushed, 0);
  expect([sink.isBlocked]).toEqual([true]);
  expect(pushed).toBeGreaterThan(8_000);
  expect(pushed).toBeLessThan(10_000);
  sink.flush();
  while (sink.pending > 0) {
    world.letOne();
    await settle();
  }
  expect(sink.isBlocked || control.isBlocked).toBe(false);
  const odd = Array.from({ length: pushed >> 1 }, (_, i) => 2 * i + 1);
  expect(world.written.get("1")).toEqual(odd);
});

test("facts of all: numbers added, texts that differ counted", () => {
  const facts = [
    { held: 1, connected: "yes", to: "x:1" },
    { held: 2, connected: "no", to: "x:1" },
    { held: 3, connected: "yes", to: "x:1", late: 1 },
  ];
  expect(joinFacts(facts)).toEqual({ held: 6, connected: "yes 2, no 1", to: "x:1", late: 1 });
});
