import { expect, test } from "bun:test";
import type { ChannelHub } from "../../../src/exchange/channel-hub.ts";
import { Inbox } from "../../../src/exchange/inbox.ts";
import type { LinkHub } from "../../../src/exchange/link-hub.ts";
import type { ExchangeBatch } from "../../../src/model/source.ts";
import { ChannelChecks } from "../../../src/testing/checkers.ts";
import type { PartSettings } from "../../../src/worker/part-contract.ts";

function batch(...records: number[]): ExchangeBatch {
  const times = new Float64Array(records.length);
  return { count: records.length, records, times, keys: undefined, time: 0, next: undefined };
}

/** One channel through a hub that hands nothing on: the test says what comes out. */
function channel() {
  const checks = new ChannelChecks();
  const nothing = {
    hasCredit: false,
    onCredit: () => undefined,
    send: () => undefined,
    barrier: () => undefined,
    end: () => undefined,
    flush: () => undefined,
    sum: () => undefined,
  };
  const hub: ChannelHub & { stats: LinkHub["stats"] } = {
    stats: { connections: 0, failures: 0, retransmitted: 3 },
    sender: () => nothing,
    receiver: () => undefined,
    open: async () => undefined,
    close: async () => undefined,
    terminate: () => undefined,
  };
  const part = { generation: { leaderEpoch: 1, attempt: 2 } } as PartSettings;
  const watched = checks.watch(hub as unknown as LinkHub, part);
  const inbox = new Inbox(() => undefined);
  watched.receiver(0, 7, inbox);
  return { checks, out: watched.sender(1, 7), inbox };
}

test("what comes out as it went in is right, in batches of any size", () => {
  const { checks, out, inbox } = channel();
  out.send(batch(1, 2, 3));
  out.barrier(1);
  out.end();
  inbox.put({ kind: "batch", batch: batch(1) });
  inbox.put({ kind: "batch", batch: batch(2, 3) });
  inbox.put({ kind: "barrier", epoch: 1 });
  inbox.finishBatch();
  inbox.finishBatch();
  expect([inbox.takeBarrier(), checks.wrong]).toEqual([1, []]);
  inbox.put({ kind: "end" });
  checks.checkComplete("1.2");
  checks.count();
  expect(checks.wrong).toEqual([]);
  expect(checks.seen).toMatchObject({ stalled: 1, behindBarrier: 1, retransmitted: 3 });
});

test.each([
  ["twice", [1, 1], "channel 7, item 1: 1 at 0 came out, 2 at 0 went in"],
  ["out of order", [2], "channel 7, item 0: 2 at 0 came out, 1 at 0 went in"],
  ["though it never went in", [1, 2, 3], "channel 7, item 2: 3 at 0 came out, undefined went in"],
])("a record that comes %s is wrong", (_, records, wanted) => {
  const { checks, out, inbox } = channel();
  out.send(batch(1, 2));
  inbox.put({ kind: "batch", batch: batch(...records) });
  expect(checks.wrong).toEqual([wanted]);
});

test("a record that never comes is wrong at the end, and a barrier that overtakes at once", () => {
  const { checks, out, inbox } = channel();
  out.send(batch(1, 2));
  out.barrier(1);
  checks.checkComplete("1.1");
  expect(checks.wrong).toEqual([]);
  checks.checkComplete("1.2");
  expect(checks.wrong).toEqual(["channel 1.2/7: 3 items never came out"]);
  inbox.put({ kind: "barrier", epoch: 1 });
  expect(checks.wrong.at(-1)).toBe("channel 7, item 0: barrier 1 came out, 1 at 0 went in");
});
