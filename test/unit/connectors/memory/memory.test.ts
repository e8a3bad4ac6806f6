import { expect, test } from "bun:test";
import { memory } from "../../../../src/connectors/memory/mod.ts";
import { codeOf, settle, testWorld } from "../../../support/connector-context.ts";
import { LiveRead, readSplit, recordsOf } from "../../../support/read-source.ts";
import { testSinkContract } from "../../../support/sink-contract.ts";
import { testSourceContract } from "../../../support/source-contract.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

testSourceContract("memory.source", async () => ({
  source: memory.source(numbers(40), { batch: 7 }),
  ctx: testWorld().source,
  records: [numbers(40)],
}));

testSourceContract("memory.feed", async () => {
  const feed = memory.feed<number>();
  feed.push(...numbers(600));
  feed.end();
  return { source: feed.source, ctx: testWorld().source, records: [numbers(600)] };
});

testSinkContract("memory.sink", async () => {
  const { sink, committed } = memory.sink<number>();
  const ctx = testWorld().sink();
  return { sink, ctx, record: (i: number) => i, visible: async () => [...committed] };
});

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

test("a feed hands on what is pushed while it is read", async () => {
  const feed = memory.feed<string>();
  await using reader = await feed.source.open("feed", undefined, testWorld().source);
  const live = new LiveRead(feed.source, reader);
  await settle();
  expect(live.values).toEqual([]);
  feed.push("a");
  await settle();
  feed.push("b", "c");
  await settle();
  expect(live.values).toEqual(["a", "b", "c"]);
  expect(live.end).toBeUndefined();
  feed.end();
  await settle();
  expect(live.end).toBe("finished");
  expect(await codeOf(() => feed.push("d"))).toBe("feed_ended");
});

test("a feed keeps records until they are acknowledged, and no longer", async () => {
  const { source: ctx } = testWorld();
  const feed = memory.feed<number>({ capacity: 4 });
  feed.push(0, 1, 2, 3);
  expect(await codeOf(() => feed.push(4))).toBe("feed_full");
  await using reader = await feed.source.open("feed", undefined, ctx);
  await reader.acknowledge(2);
  expect([feed.pushed, feed.acknowledged]).toEqual([4, 2]);
  feed.push(4);
  feed.end();
  expect(await recordsOf(feed.source, ctx, "feed", 2)).toEqual([2, 3, 4]);
  expect(await codeOf(feed.source.open("feed", 1, ctx))).toBe("bad_position");
  expect(await codeOf(reader.acknowledge(6))).toBe("bad_position");
});

test("a reader that waits for a feed ends when it is closed", async () => {
  const feed = memory.feed<number>();
  const reader = await feed.source.open("feed", undefined, testWorld().source);
  const live = new LiveRead(feed.source, reader);
  await settle();
  await reader[Symbol.asyncDispose]();
  await settle();
  expect(live.end).toBe("finished");
});

test("a slow memory sink makes the writer wait", async () => {
  let release = () => {};
  const delay = () => new Promise<void>((resolve) => (release = resolve));
  const { sink, records } = memory.sink<number>({ delay });
  const writer = await sink.open(testWorld().sink());
  let isTaken = false;
  const writing = Promise.resolve(writer.write([1, 2])).then(() => (isTaken = true));
  await settle();
  expect([isTaken, records]).toEqual([false, [1, 2]]);
  release();
  await writing;
  expect(isTaken).toBe(true);
});

test("a committed transaction cannot be taken back, nor the other way round", async () => {
  const { sink } = memory.sink<number>();
  const ctx = testWorld().sink();
  const writer = await sink.open(ctx);
  const committer = await sink.committer!(ctx);
  await writer.write([1]);
  const first = (await writer.prepare(1))!;
  await writer.write([2]);
  const second = (await writer.prepare(2))!;
  await committer.commit(first);
  await committer.abort(second);
  expect(await codeOf(committer.abort(first))).toBe("committed");
  expect(await codeOf(committer.commit(second))).toBe("aborted");
  expect(await codeOf(committer.commit({ transaction: 9, records: 1 }))).toBe("bad_transaction");
});
