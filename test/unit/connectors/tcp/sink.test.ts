import { expect, test } from "bun:test";
import { json } from "../../../../src/codec/json.ts";
import { raw } from "../../../../src/codec/raw.ts";
import { utf8 } from "../../../../src/codec/utf8.ts";
import { tcp } from "../../../../src/connectors/tcp/mod.ts";
import type { ConnectOptions } from "../../../../src/connectors/tcp/options.ts";
import type { Encoder } from "../../../../src/model/codec.ts";
import { SINK_BYTES_MAX } from "../../../../src/model/limits.ts";
import { codeOf, settle, testWorld } from "../../../support/connector-context.ts";
import { FakeNetwork } from "../../../support/fake-network.ts";
import { NotedLog } from "../../../support/noted-log.ts";

/** A sink that is open; its receiver is there unless told otherwise. */
async function opened<T>(
  encode: Encoder<T>,
  given: { readonly frame?: "lines" | "u32be" | "u8"; readonly isThere?: boolean } = {},
) {
  const { clock, sink } = testWorld();
  const network = new FakeNetwork();
  network.isThere = given.isThere ?? true;
  const log = new NotedLog();
  const ctx = { ...sink({ sink: "counts" }), network, log };
  const writer = await tcp
    .connect({ port: 7_002, frame: given.frame ?? "lines", encode })
    .open(ctx);
  await settle();
  clock.advance(0);
  /** Time passes in small steps, so that promises are kept meanwhile. */
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 50) {
      clock.advance(Math.min(50, left));
      await settle();
    }
  };
  return { clock, network, log, writer, pass };
}

const isPending = async (promise: Promise<unknown> | void): Promise<boolean> => {
  if (promise === undefined) return false;
  let isSettled = false;
  const note = () => void (isSettled = true);
  void promise.then(note, note);
  await settle();
  return !isSettled;
};

test("records leave as frames when they are flushed, many in one write", async () => {
  const { network, writer } = await opened(utf8);
  expect(writer.write(["a", "b"])).toBeUndefined();
  expect(writer.write(["c"])).toBeUndefined();
  expect(network.last.taken.length).toBe(0);
  writer.flush();
  expect(network.last.taken.toString()).toBe("a\nb\nc\n");
  writer.flush();
  expect(await writer.prepare(1)).toBeUndefined();
  expect(network.last.taken.toString()).toBe("a\nb\nc\n");
});

test("records leave without a flush when there are 64 KiB of them", async () => {
  const { network, writer } = await opened(utf8);
  void writer.write(Array.from({ length: 70 }, () => "x".repeat(1_023)));
  expect(network.last.taken.length).toBe(64 * 1_024);
});

test("a receiver that is absent at the start is tried again until it is there", async () => {
  const { network, writer, pass, log } = await opened(utf8, { isThere: false });
  expect(writer.write(["early"])).toBeUndefined();
  writer.flush();
  await pass(30_000);
  const { attempts } = network;
  expect(attempts).toBeGreaterThan(8);
  expect(attempts).toBeLessThan(20);
  expect(log.lines.length).toBeLessThanOrEqual(4);
  expect(log.texts[0]).toBe(
    "warn: cannot connect to 127.0.0.1:7002: nobody listens there; trying again until it is there",
  );
  expect(log.lines[1]!.text).toMatch(/trying again since 1\d\.\d s$/);
  expect(log.lines[1]!.fields).toEqual({ heldRecords: 1, heldBytes: 6 });
  network.isThere = true;
  await pass(5_000);
  expect(network.last.taken.toString()).toBe("early\n");
  expect(log.texts.at(-1)).toMatch(/^info: receiver 127.0.0.1:7002 is there, after 3\d\.\d s$/);
});

test("an attempt without an end is given up, and its late connection closed", async () => {
  const { clock, sink } = testWorld();
  const network = new FakeNetwork();
  const connect = network.connect.bind(network);
  const late = Promise.withResolvers<void>();
  let calls = 0;
  network.connect = async (address, open) => {
    if (++calls === 1) await late.promise;
    return connect(address, open);
  };
  const ctx = { ...sink(), network, log: new NotedLog() };
  await tcp.connect({ port: 7_002, frame: "lines", encode: utf8 }).open(ctx);
  clock.advance(11_000);
  await settle();
  expect(calls).toBe(2);
  late.resolve();
  await settle();
  expect(network.connections.map(({ isOpen }) => isOpen)).toEqual([true, false]);
});

test("a frame that was sent in part is sent whole on the next connection", async () => {
  const { network, writer, pass, log } = await opened(utf8);
  network.last.room = 9;
  void writer.write(["first", "second", "third"]);
  writer.flush();
  const before = network.last;
  expect(before.taken.toString()).toBe("first\nsec");
  before.leave(new Error("connection reset"));
  await pass(200);
  expect(network.last).not.toBe(before);
  expect(network.last.taken.toString()).toBe("second\nthird\n");
  expect(log.texts[0]).toContain("receiver 127.0.0.1:7002 is gone: connection reset");
  expect(log.texts[1]).toContain("is there");
  expect(log.lines).toHaveLength(2);
  expect(writer.stats!()).toMatchObject({ connected: "yes", reconnects: 1, heldRecords: 0 });
});

test("a receiver that comes and goes is tried ever less often, and told of rarely", async () => {
  const { network, pass, log } = await opened(utf8);
  for (let i = 0; i < 400; i++) {
    network.connections.at(-1)?.leave();
    await pass(50);
  }
  expect(network.attempts).toBeLessThan(20);
  expect(log.lines.length).toBeLessThan(16);
});

test("a slow receiver makes writes wait; what is held stays within the limit", async () => {
  const { network, writer } = await opened(raw, { frame: "u32be" });
  network.last.room = 0;
  const record = new Uint8Array(10_000);
  let waiting: void | Promise<void> = undefined;
  let count = 0;
  while (waiting === undefined) {
    waiting = writer.write([record, record, record]);
    count += 3;
    expect(writer.stats!()["heldBytes"]).toBeLessThanOrEqual(SINK_BYTES_MAX + 10_004);
  }
  expect(await isPending(waiting)).toBe(true);
  network.last.drain(SINK_BYTES_MAX / 4);
  expect(await isPending(waiting)).toBe(true);
  network.last.drain(SINK_BYTES_MAX / 2);
  expect(await isPending(waiting)).toBe(false);
  await waiting;
  expect(writer.write([record])).toBeUndefined();
  network.last.drain();
  expect(network.last.taken.length).toBe((count + 1) * 10_004);
});

test("one write of more than may be held is taken bit by bit, in order", async () => {
  const { network, writer } = await opened(utf8, { frame: "lines" });
  network.last.room = 0;
  const records = Array.from({ length: 400 }, (_, i) => `${i}`.padEnd(10_000, "."));
  const waiting = writer.write(records);
  expect(await isPending(waiting)).toBe(true);
  while (await isPending(waiting)) {
    expect(writer.stats!()["heldBytes"]).toBeLessThanOrEqual(SINK_BYTES_MAX + 10_001);
    expect(writer.stats!()["heldRecords"]).toBeGreaterThan(0);
    network.last.drain(300_000);
  }
  network.last.drain();
  expect(network.last.taken.toString() === `${records.join("\n")}\n`).toBe(true);
});

test("prepare waits until the kernel took all, over a lost connection, too", async () => {
  const { network, writer, pass } = await opened(utf8);
  network.last.room = 3;
  void writer.write(["one", "two"]);
  const prepared = writer.prepare(1);
  expect(await isPending(prepared)).toBe(true);
  network.last.leave();
  await pass(200);
  expect(await prepared).toBeUndefined();
  expect(network.last.taken.toString()).toBe("one\ntwo\n");
});

test("closing sends what is left and ends the connection in good order", async () => {
  const { network, writer, log } = await opened(utf8);
  void writer.write(["last"]);
  await writer[Symbol.asyncDispose]();
  expect(network.last.taken.toString()).toBe("last\n");
  expect(network.last.isEnded).toBe(true);
  expect(log.lines).toEqual([]);
  expect(await codeOf(writer.write(["later"]) as Promise<void>)).toBe("sink_closed");
  await writer[Symbol.asyncDispose]();
});

test("closing waits for a slow receiver", async () => {
  const { network, writer, log, pass } = await opened(utf8);
  network.last.room = 0;
  void writer.write(["slow"]);
  const closed = writer[Symbol.asyncDispose]();
  await pass(1_900);
  network.last.drain();
  await closed;
  expect(network.last.taken.toString()).toBe("slow\n");
  expect(network.last.isEnded).toBe(true);
  expect(log.lines).toEqual([]);
});

test("closing gives up a receiver that is away, and says how many records are lost", async () => {
  const { network, writer, log, pass, clock } = await opened(utf8, { isThere: false });
  const records = Array.from({ length: 1_500 }, () => "x".repeat(999));
  const waiting = writer.write(records) as Promise<void>;
  const prepared = writer.prepare(1);
  const codes = Promise.all([codeOf(waiting), codeOf(prepared)]);
  const closed = writer[Symbol.asyncDispose]();
  await pass(2_000);
  await closed;
  expect(await codes).toEqual(["sink_closed", "sink_closed"]);
  expect(log.texts.at(-1)).toBe(
    "error: 1500 records were not delivered to 127.0.0.1:7002: " +
      "it did not take them in the 2000 ms that a close waits",
  );
  const { attempts } = network;
  await pass(20_000);
  expect(network.attempts).toBe(attempts);
  expect(clock.waiting).toBe(0);
});

test("a record that cannot be encoded is an error with sink, cause and text", async () => {
  const { network, writer } = await opened(json());
  const error = await Promise.resolve(writer.write([{ a: 1 }, { b: 2n }, { c: 3 }])).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({
    code: "cannot_encode",
    domain: "user",
    message:
      "sink counts cannot write a record: b is a bigint: JSON loses it; " +
      'the record: {"b":"2n"}',
  });
  writer.flush();
  expect(network.last.taken.toString()).toBe('{"a":1}\n');
});

test("the text of a record in an error is cut", async () => {
  const { writer } = await opened(utf8, { frame: "u8" });
  const error = (await Promise.resolve(writer.write(["x".repeat(5_000)])).catch(
    (thrown: unknown) => thrown,
  )) as Error;
  expect(error.message).toContain("record of 5000 bytes, limit of frame u8 is 255");
  expect(error.message.length).toBeLessThan(600);
});

test("what a receiver says is ignored", async () => {
  const { network, writer } = await opened(utf8);
  network.last.send("hello?");
  void writer.write(["a"]);
  writer.flush();
  expect(network.last.taken.toString()).toBe("a\n");
});

test.each([
  [{ port: 0 }, "bad_address", "from 1 to 65535"],
  [{ port: 7_002, host: "10.0.0.1" }, "insecure_address", "10.0.0.1:7002"],
  [{ port: 7_002, frame: "csv" }, "bad_frame", '"csv"'],
  [{ port: 7_002, encode: json }, "bad_option", "encode is no codec"],
])("options %j are refused with %s", (options, code, text) => {
  const given = { frame: "lines", encode: utf8, ...options } as unknown as ConnectOptions<string>;
  expect(() => tcp.connect(given)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(text) }),
  );
});

test("it says what it is", () => {
  const sink = tcp.connect({ port: 7_002, frame: "lines", encode: json() });
  expect(sink.about).toBe("tcp 127.0.0.1:7002, lines of json");
  expect(sink.delivery).toBe("at-most-once");
});
