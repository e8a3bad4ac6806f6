import { expect, test } from "bun:test";
import { crc32 } from "node:zlib";
import { externalError } from "../../../src/base/errors.ts";
import { fnv1a } from "../../../src/base/hash.ts";
import type { PieceTable } from "../../../src/base/piece-table.ts";
import { Receiver, type ReceiverOptions } from "../../../src/cli/receiver.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeConnection } from "../../support/fake-network.ts";

interface Trial {
  readonly clock: FakeClock;
  readonly receiver: Receiver;
  connect(): FakeConnection;
  ending: string | undefined;
}

function start(options: Partial<ReceiverOptions> = {}): Trial {
  const clock = new FakeClock();
  const receiver = new Receiver({
    frame: "lines",
    clock,
    epochUs: () => clock.now() * 1_000,
    stamp: undefined,
    count: undefined,
    idleMs: undefined,
    untilClosed: false,
    connections: 1,
    take: undefined,
    ...options,
  });
  let port = 1;
  const connect = (): FakeConnection => {
    const connection = new FakeConnection({ host: "h", port: port++ }, { host: "h", port: 7 });
    connection.handler = receiver.accept(connection);
    return connection;
  };
  const trial: Trial = { clock, receiver, connect, ending: undefined };
  void receiver.ended.then((ending) => (trial.ending = ending));
  return trial;
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 8; i++) await Promise.resolve();
};

/** Copies the records of tables, as whoever takes them must. */
function collector(): { texts: string[]; take: (table: PieceTable) => void } {
  const texts: string[] = [];
  return {
    texts,
    take: (table) => {
      for (let i = 0; i < table.count; i++) {
        texts.push(Buffer.from(table.bytes).utf8Slice(table.starts[i]!, table.ends[i]!));
      }
    },
  };
}

test("records are counted and summed, wherever chunks are cut", () => {
  const { texts, take } = collector();
  const { receiver, connect, clock } = start({ take });
  const connection = connect();
  connection.send("one\ntw");
  clock.advance(500);
  connection.send("o\nthree\n");
  expect(texts).toEqual(["one", "two", "three"]);
  const sum = texts.reduce((all, text) => (all + fnv1a(Buffer.from(text))) >>> 0, 0);
  expect(receiver.totals()).toMatchObject({
    records: 3,
    bytes: 14,
    payloadBytes: 11,
    seconds: 0.5,
    recordSum: sum,
    connections: [{ peer: "h:1", records: 3, streamCrc: crc32("one\ntwo\nthree\n"), isOpen: true }],
  });
});

test("a last line without its end counts when the stream ends", async () => {
  const { texts, take } = collector();
  const trial = start({ take, untilClosed: true });
  const connection = trial.connect();
  connection.send("one\ntwo");
  connection.end();
  await settle();
  expect(trial.ending).toBe("closed");
  expect(texts).toEqual(["one", "two"]);
  expect(trial.receiver.totals().connections[0]!.records).toBe(2);
});

test("it ends when as many records are there as were expected", async () => {
  const trial = start({ count: 2 });
  const connection = trial.connect();
  connection.send("a\n");
  await settle();
  expect(trial.ending).toBeUndefined();
  connection.send("b\nc\n");
  await settle();
  expect(trial.ending).toBe("count");
  expect(trial.receiver.records).toBe(3);
  expect(connection.isOpen).toBeFalse();
});

test("it ends when all have closed, once enough were there", async () => {
  const trial = start({ untilClosed: true, connections: 2 });
  trial.connect().end();
  await settle();
  expect(trial.ending).toBeUndefined();
  trial.connect().end();
  await settle();
  expect(trial.ending).toBe("closed");
});

test("it ends when nothing came for a while, after the first", async () => {
  const trial = start({ idleMs: 100 });
  trial.clock.advance(1_000);
  const connection = trial.connect();
  connection.send("a\n");
  trial.clock.advance(99);
  connection.send("b\n");
  trial.clock.advance(99);
  await settle();
  expect(trial.ending).toBeUndefined();
  trial.clock.advance(1);
  await settle();
  expect(trial.ending).toBe("idle");
});

test("a connection waits while its records are taken, nothing is lost or doubled", async () => {
  const { texts, take } = collector();
  const gates: (() => void)[] = [];
  const trial = start({
    untilClosed: true,
    take: (table) => {
      take(table);
      return new Promise((open) => gates.push(open));
    },
  });
  const connection = trial.connect();
  connection.send("one\ntw");
  expect(connection.isPaused).toBeTrue();
  // What the turn had read already may still come, and the end of the stream with it.
  connection.handler!.data(Buffer.from("o\n"));
  connection.end();
  await settle();
  expect(trial.ending).toBeUndefined();
  while (trial.ending === undefined) {
    gates.shift()?.();
    await settle();
  }
  expect(texts).toEqual(["one", "two"]);
});

test("whoever takes the records may fail, which ends it", async () => {
  const trial = start({ take: async () => Promise.reject(externalError("disk", "it is full")) });
  trial.connect().send("a\n");
  await settle();
  expect(trial.ending).toBe("failed");
  expect(String(trial.receiver.failure)).toContain("it is full");
});

test("a frame that is cut short is told", async () => {
  const trial = start({ frame: "u8", untilClosed: true });
  const connection = trial.connect();
  connection.send(Buffer.from([1, 65, 5, 66]));
  connection.end();
  await settle();
  const { records, connections } = trial.receiver.totals();
  expect(records).toBe(1);
  expect(connections[0]).toMatchObject({ unfinishedBytes: 2, isOpen: false });
});

test("latencies are paired with stamps, records without one are counted", () => {
  const { receiver, connect, clock } = start({ stamp: { at: 2, format: "text" } });
  const connection = connect();
  const sentUs = clock.now() * 1_000;
  clock.advance(3);
  connection.send(`a ${String(sentUs).padStart(16, "0")} z\nshort\n${"x".repeat(30)}\n`);
  const { latency, unstamped } = receiver.totals();
  expect(unstamped).toBe(2);
  expect(latency!.count).toBe(1);
  expect(latency!.max).toBe(3_000);
});

test("after its end nobody is accepted", () => {
  const { receiver, connect } = start();
  receiver.end("time");
  expect(connect().handler).toBeUndefined();
});
