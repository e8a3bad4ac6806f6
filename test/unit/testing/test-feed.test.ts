import { expect, test } from "bun:test";
import { utf8 } from "../../../src/api/mod.ts";
import { Prng } from "../../../src/base/prng.ts";
import { memory } from "../../../src/connectors/memory/mod.ts";
import { BATCH_BYTES_MAX } from "../../../src/model/limits.ts";
import type { Batch, Source } from "../../../src/model/source.ts";
import { connectorWorld } from "../../../src/testing/connector-world.ts";
import { copyBatch } from "../../../src/testing/read-split.ts";
import { SimClock } from "../../../src/testing/sim-clock.ts";
import { TestFeed } from "../../../src/testing/test-feed.ts";

const texts: Source<string> = { ...memory.source<string>([]), decode: utf8 };

async function batchesOf(feed: TestFeed): Promise<Batch<unknown>[]> {
  const reader = await feed.source.open("feed", undefined, connectorWorld().source);
  const batches: Batch<unknown>[] = [];
  for await (const batch of reader.read()) batches.push(batch);
  return batches;
}

test("records and frames come in the order of their feeding, in bounded batches", async () => {
  const feed = new TestFeed("in", texts, { clock: new SimClock(5), sizes: new Prng(1) });
  const wanted = Array.from({ length: 300 }, (_, i) => `record ${i}`);
  feed.feed(wanted.slice(0, 100), undefined);
  feed.feedBytes(wanted.slice(100, 200).map((text) => Buffer.from(text)));
  feed.feed(
    wanted.slice(200),
    wanted.slice(200).map((_, i) => i),
  );
  feed.end();
  const batches = await batchesOf(feed);
  const read = batches.flatMap((batch) => copyBatch(feed.source, batch).records);
  expect(read.map(({ record }) => record)).toEqual(wanted);
  expect(read.map(({ position }) => position)).toEqual(wanted.map((_, i) => i));
  expect(read.map(({ time }) => time)).toEqual(wanted.map((_, i) => (i < 200 ? 5 : i - 200)));
  expect(batches.length).toBeGreaterThan(15);
  expect(feed.isConsumed).toBe(true);
});

test("frames that are long together come in several batches", async () => {
  const feed = new TestFeed("in", texts, { clock: new SimClock() });
  feed.feedBytes([0, 1, 2].map(() => Buffer.alloc(BATCH_BYTES_MAX * 0.6)));
  feed.end();
  expect((await batchesOf(feed)).map(({ count }) => count)).toEqual([1, 1, 1]);
});

test("a feed is consumed when it is asked for more and has nothing", async () => {
  const feed = new TestFeed("in", memory.source([]), { clock: new SimClock() });
  expect(feed.isConsumed).toBe(false);
  const reader = await feed.source.open("feed", undefined, connectorWorld().source);
  const batches = reader.read()[Symbol.asyncIterator]();
  feed.feed([1], undefined);
  await batches.next();
  expect(feed.isConsumed).toBe(false);
  const next = batches.next();
  expect(feed.isConsumed).toBe(true);
  await batches.return?.();
  expect((await next).done).toBe(true);
});

test("what is no record is refused, and so are bytes without a decoder", () => {
  const feed = new TestFeed("in", memory.source([]), { clock: new SimClock() });
  expect(() => feed.feed([1, undefined], undefined)).toThrow("record 1 is undefined");
  expect(() => feed.feedBytes([])).toThrow("without bytes");
});

test("a feed that reopens keeps what was not read, and forgets who read it before", async () => {
  const feed = new TestFeed("in", memory.source([]), { clock: new SimClock(), reopens: true });
  feed.feed([1], undefined);
  const open = async () => {
    const reader = await feed.source.open("feed", undefined, {} as never);
    return { reader, batches: reader.read()[Symbol.asyncIterator]() };
  };
  const first = await open();
  expect((await first.batches.next()).value.records).toEqual([1]);
  await first.reader[Symbol.asyncDispose]();
  feed.feed([2], undefined);
  const second = await open();
  let late = false;
  void first.batches.next().then(() => (late = true));
  expect((await second.batches.next()).value.records).toEqual([2]);
  expect(late).toBe(false);
});
