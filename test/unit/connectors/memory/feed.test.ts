import { expect, test } from "bun:test";
import { memory } from "../../../../src/connectors/memory/mod.ts";
import { codeOf, settle, testWorld } from "../../../support/connector-context.ts";
import { LiveRead, recordsOf } from "../../../support/read-source.ts";
import { testSourceContract } from "../../../support/source-contract.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

testSourceContract("memory.feed", async () => {
  const feed = memory.feed<number>();
  feed.push(...numbers(600));
  feed.end();
  return { source: feed.source, ctx: testWorld().source, records: [numbers(600)] };
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
