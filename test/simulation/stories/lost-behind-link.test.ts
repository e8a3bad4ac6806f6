/** A record that is lost or doubled behind all protections of the wire: counts at barriers tell. */
import { expect, test } from "bun:test";
import { app, memory, state } from "wallaroo";
import type { ChannelHub } from "../../../src/exchange/channel-hub.ts";
import type { ChannelItem } from "../../../src/exchange/channel.ts";
import { SimCluster } from "../../../src/testing/sim-cluster.ts";
import { World } from "../../../src/testing/world.ts";
import { withPacedSources } from "../paced-source.ts";
import { Prng } from "../../../src/base/prng.ts";

const RECORDS = 60;
type Change = (item: ChannelItem) => readonly ChannelItem[];

/** Changes one batch from another worker, once. */
function once(hub: ChannelHub, change: Change, isDone: { value: boolean }): ChannelHub {
  return {
    sender: (worker, channel, codec) => hub.sender(worker, channel, codec),
    receiver(worker, channel, inbox, codec) {
      const put = inbox.put.bind(inbox);
      inbox.put = (item) => {
        const isHit = !isDone.value && item.kind === "batch";
        if (isHit) isDone.value = true;
        for (const one of isHit ? change(item) : [item]) put(one);
      };
      hub.receiver(worker, channel, inbox, codec);
    },
    open: () => hub.open(),
    close: () => hub.close(),
    terminate: () => hub.terminate(),
  };
}

const shorter: Change = (item) => {
  if (item.kind !== "batch") return [item];
  return [{ kind: "batch", batch: { ...item.batch, count: item.batch.count - 1 } }];
};
const twice: Change = (item) => {
  if (item.kind !== "batch") return [item];
  const { batch } = item;
  const records = [batch.records[0], ...batch.records];
  const given = batch.times ?? new Float64Array(batch.count).fill(batch.time);
  const times = Float64Array.from([given[0]!, ...given]);
  const keys = batch.keys && [batch.keys[0], ...batch.keys];
  const more = { ...batch, count: batch.count + 1, records, times, keys, numbers: undefined };
  return [{ kind: "batch", batch: more }];
};

test.each([
  ["lost", shorter],
  ["doubled", twice],
])("a record that was %s keeps its checkpoint from being stored", (_, change) => {
  const world = new World(1);
  const out = memory.sink<number>();
  const isDone = { value: false };
  const ends = new Set<string>();
  const tally = state(() => ({ count: 0 }));
  const counting = app("counting", (flow) => {
    const numbers = Array.from({ length: RECORDS }, (_each, i) => i);
    flow
      .source("in", memory.source(numbers, { batch: 3 }), { on: 1 })
      .keyBy("key", (n) => n)
      .mapWithState("count", tally, (n, s) => n * 10 + ++s.count)
      .sink("out", out.sink);
  });
  const prng = new Prng(1);
  const cluster = new SimCluster(world, {
    workers: 2,
    job: "counting",
    build: () => counting.build({}),
    watch: (hub) => once(hub, change, isDone),
    dress: (part, { life }) => withPacedSources(part, life.clock, { prng, pauseMsMax: 200 }),
  });
  for (const host of [cluster.boss, ...cluster.hosts]) cluster.start(host);
  world.run(100);
  world.settle(cluster.deploy(2));
  world.run(60_000, () => {
    const { lastEnd, state: now } = cluster.summary!;
    if (lastEnd !== undefined) ends.add(lastEnd);
    return now === "finished";
  });
  expect(isDone.value).toBe(true);
  expect([...ends].join()).toMatch(
    /^channel \d+ \(from "key" on w\d to "count" on w\d\) carried \d+ records until barrier \d+/,
  );
  // The job went back, and nothing wrong ever came out.
  const wanted = Array.from({ length: RECORDS }, (_each, i) => i * 10 + 1);
  expect([...out.committed].sort((a, b) => a - b)).toEqual(wanted);
  expect(cluster.summary?.checkpoint?.proof?.records).toBeGreaterThan(0);
});
