import { expect, test } from "bun:test";
import { ByteWriter } from "../../../../src/base/bytes.ts";
import { utf8 } from "../../../../src/codec/utf8.ts";
import { tcp } from "../../../../src/connectors/tcp/mod.ts";
import type { ListenOptions } from "../../../../src/connectors/tcp/options.ts";
import { TcpReader } from "../../../../src/connectors/tcp/reader.ts";
import { BATCH_RECORDS_MAX } from "../../../../src/model/limits.ts";
import type { Batch, Source, SplitReader } from "../../../../src/model/source.ts";
import { frameWriter } from "../../../../src/transport/frame-writer.ts";
import { settle, testWorld } from "../../../support/connector-context.ts";
import { FakeNetwork, type FakeConnection } from "../../../support/fake-network.ts";
import { NotedLog } from "../../../support/noted-log.ts";
import { LiveRead } from "../../../support/read-source.ts";

const LISTEN = { port: 0, frame: "u32be", decode: utf8 } as const;

function frames(...texts: string[]): Uint8Array {
  const into = new ByteWriter();
  const writer = frameWriter("u32be");
  for (const text of texts) writer.write(utf8, text, into);
  return into.take();
}

function world() {
  const { source, clock } = testWorld();
  const network = new FakeNetwork();
  const log = new NotedLog();
  return { clock, network, log, ctx: { ...source, network, log } };
}

/** A source that is open, and not read unless `live` is asked for. */
async function opened(options: Partial<ListenOptions<string>> = {}) {
  const given = world();
  const source: Source<string> = tcp.listen({ ...LISTEN, ...options } as ListenOptions<string>);
  const reader = await source.open("listener", undefined, given.ctx);
  const live = () => new LiveRead(source, reader);
  const produce = () => given.network.produce()!;
  return { ...given, source, reader, live, produce };
}

/** The texts of the next batch. */
async function batchOf(batches: AsyncIterator<Batch<string>>): Promise<string[]> {
  const { value } = await batches.next();
  const { bytes, starts, ends, count } = value as Batch<string>;
  return Array.from({ length: count }, (_, i) => utf8.decode(bytes!, starts![i]!, ends![i]!));
}

const iterate = (reader: SplitReader<string>) => reader.read()[Symbol.asyncIterator]();
const peerOf = (producer: FakeConnection) => `127.0.0.1:${producer.peer.port}`;

test("records of two producers arrive, each in order, with the time of their chunk", async () => {
  const { live, produce, clock } = await opened();
  const reading = live();
  const [a, b] = [produce(), produce()];
  a.send(frames("a1", "a2"));
  await settle();
  clock.advance(5);
  b.send(frames("b1"));
  await settle();
  clock.advance(5);
  a.send(frames("a3"));
  await settle();
  expect(reading.values).toEqual(["a1", "a2", "b1", "a3"]);
  const start = clock.now() - 10;
  expect(reading.records.map(({ time }) => time - start)).toEqual([0, 0, 5, 10]);
  expect(reading.next).toBeUndefined();
});

test("it is one split, which says where producers connect", async () => {
  const { source, reader, ctx } = await opened();
  expect(await source.splits(ctx)).toEqual(["listener"]);
  expect(reader.addresses).toEqual([{ host: "127.0.0.1", port: 7_777 }]);
  expect(source.about).toBe("tcp 127.0.0.1:0, u32be frames of utf8");
});

test("a frame over many chunks is one record, and an empty frame is a record", async () => {
  const { live, produce } = await opened();
  const reading = live();
  const producer = produce();
  for (const byte of frames("", "over many chunks", "")) {
    producer.send(Uint8Array.of(byte));
    await settle();
  }
  expect(reading.values).toEqual(["", "over many chunks", ""]);
});

test("a producer at full speed lets the record of another one through after one batch", async () => {
  const { reader, produce } = await opened();
  const batches = iterate(reader);
  const [fast, slow] = [produce(), produce()];
  const many = Array.from({ length: BATCH_RECORDS_MAX * 6 }, (_, i) => `f${i}`);
  fast.send(frames(...many));
  expect((await batchOf(batches))[0]).toBe("f0");
  slow.send(frames("s"));
  const heads: (string | undefined)[] = [];
  for (let i = 0; i < 6; i++) heads.push((await batchOf(batches))[0]);
  expect(heads.indexOf("s")).toBeLessThanOrEqual(1);
  expect(heads.filter((head) => head !== "s")).toEqual([1, 2, 3, 4, 5].map((i) => `f${i * 512}`));
});

test("a producer is paused while its chunk waits, and reads on when it is handed over", async () => {
  const { reader, produce } = await opened();
  const batches = iterate(reader);
  const producer = produce();
  producer.send(frames(...Array.from({ length: BATCH_RECORDS_MAX + 1 }, () => "x")));
  expect(producer.isPaused).toBe(true);
  await batches.next();
  expect(producer.isPaused).toBe(true);
  await batches.next();
  expect(producer.isPaused).toBe(false);
});

test("a chunk that somebody waits for and that fits one batch pauses nobody", async () => {
  const { reader, produce } = await opened();
  const next = batchOf(iterate(reader));
  const producer = produce();
  producer.send(frames("now"));
  expect(producer.isPaused).toBe(false);
  expect(await next).toEqual(["now"]);
});

test("an over-long frame closes its producer, after what came before; others go on", async () => {
  const { live, produce, log, reader } = await opened({ maxFrameBytes: 10 });
  const reading = live();
  const [bad, good] = [produce(), produce()];
  bad.send(frames("fine", "far too long a frame"));
  await settle();
  good.send(frames("good"));
  await settle();
  expect(reading.values).toEqual(["fine", "good"]);
  expect([bad.isOpen, good.isOpen]).toEqual([false, true]);
  expect(log.lines).toHaveLength(1);
  expect(log.lines[0]!.text).toContain("frame of 20 bytes, limit 10");
  expect(log.lines[0]!.fields).toEqual({ peer: peerOf(bad) });
  expect(reader.stats!()).toMatchObject({ connections: 1, longFrames: 1, cutFrames: 0 });
});

test("a producer that leaves inside a frame is told of, with its bytes; others go on", async () => {
  const { live, produce, log, reader } = await opened();
  const reading = live();
  const [cut, clean] = [produce(), produce()];
  cut.send(frames("whole", "cut in the middle").subarray(0, 20));
  clean.send(frames("clean"));
  await settle();
  cut.leave(new Error("connection reset"));
  clean.leave();
  await settle();
  expect(reading.values).toEqual(["whole", "clean"]);
  expect(log.lines).toHaveLength(1);
  expect(log.lines[0]!.text).toContain("left inside a frame");
  const fields = { peer: peerOf(cut), bytes: 11, error: "connection reset" };
  expect(log.lines[0]!.fields).toEqual(fields);
  expect(reader.stats!()).toMatchObject({ connections: 0, cutFrames: 1 });
});

test("what a producer sent before it left is still handed over", async () => {
  const { reader, produce, log } = await opened();
  const producer = produce();
  producer.send(
    frames(...Array.from({ length: BATCH_RECORDS_MAX + 1 }, () => "x"), "cut!").slice(0, -2),
  );
  producer.leave();
  const batches = iterate(reader);
  expect(await batchOf(batches)).toHaveLength(BATCH_RECORDS_MAX);
  expect(log.lines).toEqual([]);
  expect(await batchOf(batches)).toHaveLength(1);
  expect(log.lines[0]!.fields).toMatchObject({ bytes: 6 });
  expect(reader.stats!()["connections"]).toBe(0);
});

test("a frame unfinished for too long closes its producer, also when bytes trickle in", async () => {
  const { live, produce, log, clock, reader } = await opened({ idle: "8s" });
  live();
  const [trickling, idle, fine] = [produce(), produce(), produce()];
  const bytes = frames("never to be finished");
  for (let i = 0; i < 10 && trickling.isOpen; i++) {
    trickling.send(bytes.subarray(i, i + 1));
    fine.send(frames("fine"));
    await settle();
    clock.advance(1_000);
  }
  expect([trickling.isOpen, idle.isOpen, fine.isOpen]).toEqual([false, true, true]);
  expect(log.texts).toEqual([
    "warn: producer closed: a frame was unfinished for 8000 ms, which is the limit",
  ]);
  expect(log.lines[0]!.fields).toEqual({ peer: peerOf(trickling), bytes: 8 });
  expect(reader.stats!()).toMatchObject({ slowFrames: 1, cutFrames: 0 });
});

test("time in which the source does not read does not count against a producer", async () => {
  const { reader, produce, clock } = await opened({ idle: "8s" });
  const producer = produce();
  const batches = iterate(reader);
  const first = batches.next();
  producer.send(frames("a", "b").subarray(0, 7));
  await first;
  clock.advance(4_000);
  producer.send(frames("b").subarray(2));
  clock.advance(60_000);
  expect(producer.isOpen).toBe(true);
  await batches.next();
  expect(producer.isOpen).toBe(true);
});

test("no timer runs while no frame is unfinished", async () => {
  const { live, produce, clock } = await opened();
  live();
  const producer = produce();
  producer.send(frames("half").subarray(0, 5));
  await settle();
  expect(clock.waiting).toBe(1);
  producer.send(frames("half").subarray(5));
  await settle();
  clock.advance(60_000);
  expect(clock.waiting).toBe(0);
  expect(producer.isOpen).toBe(true);
});

test("connections over the limit are refused, counted, and told of once a second", async () => {
  const { network, reader, log, clock } = await opened({ connections: 2 });
  expect([network.produce(), network.produce()].every((one) => one !== undefined)).toBe(true);
  for (let i = 0; i < 5; i++) expect(network.produce()).toBeUndefined();
  expect(log.lines).toHaveLength(1);
  expect(log.lines[0]!.text).toContain("2 connections, which is the limit");
  clock.advance(1_000);
  expect(network.produce()).toBeUndefined();
  expect(log.lines).toHaveLength(2);
  expect(reader.stats!()).toMatchObject({ connections: 2, accepted: 2, refused: 6 });
});

test("a place that a producer left can be taken by another", async () => {
  const { network, live } = await opened({ connections: 1 });
  const reading = live();
  network.produce()!.leave();
  const next = network.produce()!;
  next.send(frames("next"));
  await settle();
  expect(reading.values).toEqual(["next"]);
});

test("producers are told of with bytes and frames in batches that were handed over", async () => {
  const { reader, produce } = await opened();
  const [a, b] = [produce(), produce()];
  a.send(frames("12345", "1"));
  b.send(frames("waits"));
  await iterate(reader).next();
  a.leave();
  expect(reader.producers!()).toEqual([
    { peer: peerOf(b), bytes: 0, frames: 0, isOpen: true },
    { peer: peerOf(a), bytes: 14, frames: 2, isOpen: false },
  ]);
});

test("of closed producers the last hundred are remembered", async () => {
  const { reader, produce } = await opened();
  const peers: string[] = [];
  for (let i = 0; i < 130; i++) {
    const producer = produce();
    peers.push(peerOf(producer));
    producer.leave();
  }
  expect(reader.producers!().map(({ peer }) => peer)).toEqual(peers.slice(30));
});

test("lines are read without their ends; a last line without one is no record", async () => {
  const { live, produce, log } = await opened({ frame: "lines" });
  const reading = live();
  const producer = produce();
  producer.send("one\r\ntwo\n\nthr");
  await settle();
  producer.leave();
  expect(reading.values).toEqual(["one", "two", ""]);
  expect(log.lines[0]!.fields).toMatchObject({ bytes: 3 });
});

test("without frames every chunk is a record", async () => {
  const { live, produce } = await opened({ frame: "none" });
  const reading = live();
  const producer = produce();
  producer.send("one\n");
  await settle();
  producer.send("two");
  await settle();
  expect(reading.values).toEqual(["one\n", "two"]);
});

test("closing ends the reading, the listener and the connections, twice as well as once", async () => {
  const { reader, produce, network, live, log } = await opened();
  const reading = live();
  const producer = produce();
  producer.send(frames("begun").subarray(0, 5));
  await reader[Symbol.asyncDispose]();
  await reader[Symbol.asyncDispose]();
  await settle();
  expect(reading.end).toBe("finished");
  expect([producer.isOpen, network.isListening]).toEqual([false, false]);
  expect(network.produce()).toBeUndefined();
  expect(log.lines).toEqual([]);
});

test("when too much waits all producers pause, until half of it was handed over", async () => {
  const { ctx, network } = world();
  const settings = {
    frame: "u32be",
    frameBytesMax: 1_000,
    connectionsMax: 10,
    idleMs: 1_000,
    waitingBytesMax: 100,
    unfinishedBytesMax: 1_000,
  } as const;
  const reader = new TcpReader<string>(settings, ctx);
  await reader.listen({ host: "127.0.0.1", port: 0 });
  const [a, b, c] = [network.produce()!, network.produce()!, network.produce()!];
  a.send(frames("x".repeat(56)));
  expect([b.isPaused, c.isPaused]).toEqual([false, false]);
  b.send(frames("x".repeat(56)));
  expect(c.isPaused).toBe(true);
  expect(network.produce()!.isPaused).toBe(true);
  const batches = iterate(reader);
  await batches.next();
  expect([a.isPaused, c.isPaused]).toEqual([true, true]);
  await batches.next();
  expect([a.isPaused, b.isPaused, c.isPaused]).toEqual([false, false, false]);
});

test("when unfinished frames hold too much, the producer whose frame grew is closed", async () => {
  const { ctx, network, log } = world();
  const settings = {
    frame: "u32be",
    frameBytesMax: 1_000,
    connectionsMax: 10,
    idleMs: 1_000,
    waitingBytesMax: 10_000,
    unfinishedBytesMax: 100,
  } as const;
  const reader = new TcpReader<string>(settings, ctx);
  await reader.listen({ host: "127.0.0.1", port: 0 });
  const [a, b] = [network.produce()!, network.produce()!];
  const next = batchOf(iterate(reader));
  a.send(frames("x".repeat(80)).subarray(0, 70));
  b.send(frames("x".repeat(80)).subarray(0, 70));
  await settle();
  expect([a.isOpen, b.isOpen]).toEqual([true, false]);
  expect(log.lines[0]!.text).toContain("hold more than 100 bytes");
  a.send(frames("x".repeat(80)).subarray(70));
  expect(await next).toEqual(["x".repeat(80)]);
});

test.each([
  [{ port: 70_000 }, "bad_address", "port is 70000, use a whole number from 0 to 65535"],
  [{ port: 1.5 }, "bad_address", "port is 1.5"],
  [{ port: 7_000, host: "" }, "bad_address", "host is"],
  [{ address: "nonsense" }, "bad_address", '"nonsense", use "host:port"'],
  [{ port: 7_000, host: "0.0.0.0" }, "insecure_address", "insecure: true"],
  [{ address: "example.org:7000" }, "insecure_address", "example.org:7000 is beyond this machine"],
  [{ port: 0, frame: "u24" }, "bad_frame", "use one of u8, u16be"],
  [{ port: 0, decode: undefined }, "bad_option", "decode is missing"],
  [{ port: 0, onInvalid: "divert" }, "bad_option", "onInvalid"],
  [{ port: 0, connections: 0 }, "bad_option", "connections is 0"],
  [{ port: 0, maxFrameBytes: 2 ** 30 }, "bad_option", "maxFrameBytes is 1073741824"],
  [{ port: 0, idle: "soon" }, "bad_duration", "tcp.listen: idle"],
])("options %j are refused with %s", (options, code, text) => {
  const given = { frame: "u32be", decode: utf8, ...options } as unknown as ListenOptions<string>;
  expect(() => tcp.listen(given)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(text) }),
  );
});

test("addresses may be one text, and beyond this machine when that is said", () => {
  const about = (options: object) =>
    tcp.listen({ ...options, frame: "lines", decode: utf8 } as unknown as ListenOptions<string>)
      .about;
  expect(about({ address: "localhost:7010" })).toBe("tcp localhost:7010, lines of utf8");
  expect(about({ address: ":7010" })).toBe("tcp 127.0.0.1:7010, lines of utf8");
  expect(about({ address: "[::1]:7010" })).toBe("tcp [::1]:7010, lines of utf8");
  expect(about({ port: 1, host: "0.0.0.0", insecure: true })).toContain("0.0.0.0:1");
});
