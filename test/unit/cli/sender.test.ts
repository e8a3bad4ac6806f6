import { expect, test } from "bun:test";
import { crc32 } from "node:zlib";
import { fnv1a } from "../../../src/base/hash.ts";
import { makeBlock } from "../../../src/cli/send-block.ts";
import { Sender, type SenderOptions, type SendTotals } from "../../../src/cli/sender.ts";
import { readStamp } from "../../../src/cli/stamp.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeConnection } from "../../support/fake-network.ts";

interface Trial {
  readonly clock: FakeClock;
  readonly connection: FakeConnection;
  readonly sender: Sender;
  /** Set when the sending is over. */
  totals: SendTotals | undefined;
  failure: unknown;
}

interface Choice extends Partial<SenderOptions> {
  readonly file?: string;
  readonly repeat?: number;
  readonly room?: number;
}

function start({ file = "aa\nbb\ncc\n", repeat = 1, room, ...options }: Choice = {}): Trial {
  const clock = new FakeClock();
  const keepEmpty = false;
  const block = makeBlock(Buffer.from(file), {
    name: "f",
    read: "lines",
    frame: "lines",
    keepEmpty,
    repeat,
  });
  const sender = new Sender({
    block,
    records: block.fileRecords * repeat,
    rate: undefined,
    stamp: undefined,
    clock,
    epochUs: () => clock.now() * 1_000,
    nap: (fn) => void clock.after(1, fn),
    ...options,
  });
  const end = { host: "h", port: 1 };
  const connection = new FakeConnection(end, end);
  connection.handler = sender;
  if (room !== undefined) connection.room = room;
  const trial: Trial = { clock, connection, sender, totals: undefined, failure: undefined };
  sender.run(connection).then(
    (totals) => (trial.totals = totals),
    (error: unknown) => (trial.failure = error),
  );
  return trial;
}

/** Lets promises that are settled call back. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await Promise.resolve();
};

test("all records are sent, with their sums", async () => {
  const trial = start();
  await settle();
  expect(trial.connection.taken.toString()).toBe("aa\nbb\ncc\n");
  const sum = ["aa", "bb", "cc"].reduce((all, text) => (all + fnv1a(Buffer.from(text))) >>> 0, 0);
  expect(trial.totals).toMatchObject({
    records: 3,
    bytes: 9,
    payloadBytes: 6,
    recordSum: sum,
    streamCrc: crc32("aa\nbb\ncc\n"),
  });
});

test("what a full connection does not take is sent after its drain, nothing twice", async () => {
  const trial = start({ room: 4, repeat: 3 });
  while (trial.totals === undefined) {
    expect(trial.connection.taken.length).toBeLessThan(27);
    trial.connection.room = 5;
    trial.sender.drain();
    await settle();
  }
  expect(trial.connection.taken.toString()).toBe("aa\nbb\ncc\n".repeat(3));
  expect(trial.totals.streamCrc).toBe(crc32("aa\nbb\ncc\n".repeat(3)));
});

test("sums of a file that was sent in part are those of what was sent", async () => {
  const trial = start({ records: 8, repeat: Infinity });
  await settle();
  const texts = ["aa", "bb", "cc", "aa", "bb", "cc", "aa", "bb"];
  const sum = texts.reduce((all, text) => (all + fnv1a(Buffer.from(text))) >>> 0, 0);
  expect(trial.totals).toMatchObject({ records: 8, recordSum: sum });
});

test("a rate is kept by the clock", async () => {
  const trial = start({ rate: 1_000, repeat: Infinity, records: 100 });
  const sentAfter = (ms: number): number => {
    trial.clock.advance(ms);
    return trial.connection.taken.length / 3;
  };
  expect(sentAfter(0)).toBe(1);
  expect(sentAfter(10)).toBe(11);
  expect(sentAfter(50)).toBe(61);
  expect(sentAfter(100)).toBe(100);
  await settle();
  expect(trial.totals).toMatchObject({ records: 100, seconds: 0.099, lagMaxMs: 0 });
});

test("a receiver that stops for a while is caught up with, and its lag told", async () => {
  const trial = start({ rate: 1_000, repeat: Infinity, records: 100 });
  trial.connection.room = 0;
  trial.clock.advance(50);
  expect(trial.connection.taken.length / 3).toBe(1);
  trial.connection.room = Number.POSITIVE_INFINITY;
  trial.sender.drain();
  expect(trial.connection.taken.length / 3).toBe(51);
  trial.clock.advance(60);
  await settle();
  expect(trial.totals!.records).toBe(100);
  expect(trial.totals!.lagMaxMs).toBe(48);
});

test("stamps are the times when records were due, not when they were sent", async () => {
  const stamp = { at: 0, format: "text" } as const;
  const file = `${"x".repeat(16)}\n`;
  const trial = start({ file, repeat: Infinity, records: 20, rate: 100, stamp });
  const startUs = trial.clock.now() * 1_000;
  trial.connection.room = 0;
  trial.clock.advance(95);
  trial.connection.room = Number.POSITIVE_INFINITY;
  trial.sender.drain();
  trial.clock.advance(200);
  await settle();
  const { taken } = trial.connection;
  const view = new DataView(taken.buffer, taken.byteOffset, taken.length);
  for (let i = 0; i < 20; i++) {
    const due = startUs + i * 10_000;
    expect(readStamp(view, i * 17, i * 17 + 16, stamp)).toBe(due);
  }
  expect(trial.totals!.lag!.count).toBe(20);
  expect(trial.totals!.lag!.max).toBe(75_000);
  let sum = 0;
  for (let i = 0; i < 20; i++) sum = (sum + fnv1a(taken, i * 17, i * 17 + 16)) >>> 0;
  expect(trial.totals!.recordSum).toBe(sum);
});

test("a stop ends at the end of a record", async () => {
  const trial = start({ room: 4 });
  trial.sender.stop();
  await settle();
  expect(trial.totals).toBeUndefined();
  trial.connection.room = Number.POSITIVE_INFINITY;
  trial.sender.drain();
  await settle();
  expect(trial.connection.taken.toString()).toBe("aa\nbb\ncc\n");

  const paced = start({ rate: 10, repeat: Infinity });
  paced.clock.advance(150);
  paced.sender.stop();
  await settle();
  expect(paced.totals).toMatchObject({ records: 2 });
  expect(paced.connection.taken.toString()).toBe("aa\nbb\n");
});

test("a receiver that goes away is told, with what it took", async () => {
  const trial = start({ room: 4 });
  trial.connection.terminate();
  await settle();
  expect(String(trial.failure)).toContain("the receiver closed the connection after 4 bytes");
});
