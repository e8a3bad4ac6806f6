import { expect, test } from "bun:test";
import { Prng } from "../../../src/base/prng.ts";
import { Aligner } from "../../../src/exchange/aligner.ts";
import type { ChannelItem } from "../../../src/exchange/channel.ts";
import { Inbox } from "../../../src/exchange/inbox.ts";

const batchOf = (n: number): ChannelItem => ({
  kind: "batch",
  batch: {
    count: 1,
    records: [n],
    times: new Float64Array(1),
    keys: undefined,
    time: 0,
    next: undefined,
  },
});

test.each(Array.from({ length: 200 }, (_, seed) => seed))(
  "seed %d: between two barriers a task sees what all inputs sent between them",
  (seed) => {
    const prng = new Prng(seed);
    const channels = Array.from({ length: 1 + prng.below(4) }, () => new Inbox(() => undefined));
    const readsSources = prng.below(2) === 0;
    const aligner = new Aligner(channels, readsSources);
    const epochs = 1 + prng.below(4);
    const streams = channels.map(() => {
      const items: ChannelItem[] = [];
      for (let epoch = 1; epoch <= epochs; epoch++) {
        for (let i = prng.below(3); i > 0; i--) items.push(batchOf(epoch));
        items.push({ kind: "barrier", epoch });
        if (prng.below(6) === 0) break;
      }
      items.push({ kind: "end" });
      return items;
    });
    const seen: number[] = [];
    let done = 0;
    for (let step = 0; step < 10_000 && done < epochs; step++) {
      const channel = prng.below(channels.length);
      const item = streams[channel]!.shift();
      if (item !== undefined) channels[channel]!.put(item);
      if (readsSources && prng.below(5) === 0) aligner.trigger(done + 1);
      const inbox = prng.pick(channels);
      const { batch } = inbox;
      if (batch !== undefined) {
        seen.push(batch.records[0] as number);
        inbox.finishBatch();
      }
      const epoch = aligner.poll();
      if (epoch === undefined) {
        const isDry = streams.every((items) => items.length === 0);
        if (isDry && !readsSources && channels.every((one) => one.isDone)) break;
        continue;
      }
      expect(epoch).toBe(done + 1);
      expect(aligner.holdsSources).toBe(readsSources);
      // All that was sent before this barrier was seen, and nothing of what came behind it.
      expect(seen.every((n) => n <= epoch)).toBe(true);
      expect(channels.every((one) => one.isBlocked || one.isDone)).toBe(true);
      done = epoch;
      aligner.release(epoch);
      expect(aligner.holdsSources).toBe(false);
    }
    if (readsSources) expect(done).toBe(epochs);
  },
);

test("a trigger that was served is not served again", () => {
  const aligner = new Aligner([], true);
  aligner.trigger(1);
  expect(aligner.poll()).toBe(1);
  aligner.release(1);
  aligner.trigger(1);
  expect(aligner.poll()).toBeUndefined();
  aligner.trigger(2);
  expect(aligner.poll()).toBe(2);
});
