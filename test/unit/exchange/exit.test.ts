/** Exits, channels and inboxes together: nothing lost, doubled or reordered, credit kept. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { ExchangeExit } from "../../../src/exchange/exit.ts";
import { Inbox } from "../../../src/exchange/inbox.ts";
import { LocalChannel } from "../../../src/exchange/local-channel.ts";
import { chooser } from "../../../src/exchange/partitioner.ts";
import type { Key } from "../../../src/model/key.ts";
import { KEY_GROUPS, LOCAL_BATCHES_MAX } from "../../../src/model/limits.ts";
import type { Partitioner } from "../../../src/model/plan.ts";

function exchange(partitioner: Partitioner, count: number, isKeyed: boolean) {
  const inboxes = Array.from({ length: count }, () => new Inbox(() => undefined));
  const groups = Array.from({ length: KEY_GROUPS }, (_, group) => group % count);
  const credit = { blocked: 0, block: () => credit.blocked++, unblock: () => credit.blocked-- };
  const channels = inboxes.map((inbox) => new LocalChannel(inbox));
  const choose = chooser(partitioner, groups, count);
  const keys = !isKeyed ? "none" : partitioner === "hash" ? "numbered" : "carried";
  return { inboxes, credit, exit: new ExchangeExit(channels, choose, keys, credit) };
}

/** Processes everything that an inbox shows. */
function take(inbox: Inbox): unknown[] {
  const records: unknown[] = [];
  for (let batch = inbox.batch; batch !== undefined; batch = inbox.batch) {
    records.push(...batch.records.slice(0, batch.count));
    inbox.finishBatch();
  }
  return records;
}

test("a record whose key is none is told by whom it comes from, and does not leave", () => {
  const { exit } = exchange("hash", 2, true);
  expect(() => exit.push("abc", 0, NaN)).toThrow("key is NaN");
  exit.fail = (record, cause) => {
    throw new Error(`step k, record ${record}`, { cause });
  };
  expect(() => exit.push("abc", 0, NaN)).toThrow("step k, record abc");
  expect(exit.records).toBe(0);
});

test("records of one key reach one instance, in order, with their keys and times", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(20), fc.nat(1000)), { maxLength: 3000 }),
      fc.integer({ min: 1, max: 7 }),
      (records, count) => {
        const { inboxes, exit } = exchange("hash", count, true);
        const taken: { key: Key; n: number; instance: number }[] = [];
        const drain = (): void => {
          for (const [instance, inbox] of inboxes.entries()) {
            for (let batch = inbox.batch; batch !== undefined; batch = inbox.batch) {
              for (let i = 0; i < batch.count; i++) {
                const n = batch.records[i] as number;
                expect(batch.times?.[i] ?? batch.time).toBe(n);
                taken.push({ key: batch.keys![i] as Key, n, instance });
              }
              inbox.finishBatch();
            }
          }
        };
        records.forEach(([key, every], n) => {
          exit.push(n, n, `k${key}`);
          if (every % 100 === 0) exit.flush();
          if (every % 50 === 0) drain();
        });
        exit.end();
        drain();
        expect(inboxes.every((inbox) => inbox.isDone)).toBe(true);
        for (let key = 0; key <= 20; key++) {
          const mine = taken.filter((one) => one.key === `k${key}`);
          const sent = records.flatMap(([k], n) => (k === key ? [n] : []));
          expect(mine.map(({ n }) => n)).toEqual(sent);
          expect(new Set(mine.map(({ instance }) => instance)).size).toBeLessThanOrEqual(1);
        }
      },
    ),
    { numRuns: 50 },
  );
});

test("collect sends all to the first, broadcast each to all, rebalance evenly", () => {
  const collect = exchange("collect", 3, true);
  const broadcast = exchange("broadcast", 3, false);
  const rebalance = exchange("rebalance", 3, false);
  for (let n = 0; n < 9; n++) {
    for (const { exit } of [collect, broadcast, rebalance]) exit.push(n, n, "");
  }
  for (const { exit } of [collect, broadcast, rebalance]) exit.flush();
  const all = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  expect(collect.inboxes.map(take)).toEqual([all, [], []]);
  expect(broadcast.inboxes.map(take)).toEqual([all, all, all]);
  expect(rebalance.inboxes.map((inbox) => take(inbox).length)).toEqual([3, 3, 3]);
});

test("a target that takes nothing costs the task its credit, and gives it back", () => {
  const { inboxes, credit, exit } = exchange("collect", 1, false);
  let pushed = 0;
  while (credit.blocked === 0) exit.push(pushed, pushed++, "");
  expect(inboxes[0]!.pending).toBe(512 * LOCAL_BATCHES_MAX);
  for (let more = 0; more < 100; more++) exit.push(pushed, pushed++, "");
  exit.flush();
  expect(inboxes[0]!.pending).toBe(512 * LOCAL_BATCHES_MAX);
  inboxes[0]!.finishBatch();
  expect(credit.blocked).toBe(0);
  exit.flush();
  expect(take(inboxes[0]!)).toEqual(Array.from({ length: pushed - 512 }, (_, i) => i + 512));
});

test("a barrier hides what is behind it until the release, the end included", () => {
  const { inboxes, exit } = exchange("collect", 1, false);
  const inbox = inboxes[0]!;
  exit.push("a", 1, "");
  exit.barrier(7);
  exit.push("b", 2, "");
  exit.end();
  expect(inbox.takeBarrier()).toBeUndefined();
  expect(take(inbox)).toEqual(["a"]);
  expect(inbox.takeBarrier()).toBe(7);
  expect([inbox.isBlocked, inbox.batch, inbox.isDone]).toEqual([true, undefined, false]);
  inbox.release();
  expect(take(inbox)).toEqual(["b"]);
  expect(inbox.isDone).toBe(true);
});

test("keys that are their records, and keys that are not, come as they were given", () => {
  const pairs = fc.oneof(
    fc.string({ maxLength: 3 }).map((text) => [text, text] as const),
    fc.constantFrom(["a", "b"] as const, [1, 1] as const, [0, -0] as const),
  );
  fc.assert(
    fc.property(fc.array(pairs, { maxLength: 40 }), fc.boolean(), (all, isKeyed) => {
      const { inboxes, exit } = exchange("collect", 1, isKeyed);
      for (const [key, record] of all) exit.push(record, 0, key);
      exit.flush();
      const batch = inboxes[0]!.batch;
      const { length } = all;
      expect(batch?.records.slice(0, length) ?? []).toStrictEqual(all.map(([, record]) => record));
      if (length > 0 && isKeyed) {
        expect(batch!.keys!.slice(0, length)).toStrictEqual(all.map(([key]) => key));
      }
      if (!isKeyed) expect(batch?.keys).toBeUndefined();
    }),
  );
});
