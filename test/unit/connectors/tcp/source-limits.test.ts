import { expect, test } from "bun:test";
import { TcpReader } from "../../../../src/connectors/tcp/reader.ts";
import { BATCH_RECORDS_MAX } from "../../../../src/model/limits.ts";
import { settle } from "../../../support/connector-context.ts";
import { batchOf, frames, iterate, opened, peerOf, tcpWorld } from "../../../support/tcp-source.ts";

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

test("a frame unfinished for too long closes its producer, even if bytes trickle in", async () => {
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

test("when too much waits all producers pause, until half of it was handed over", async () => {
  const { ctx, network } = tcpWorld();
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
  const { ctx, network, log } = tcpWorld();
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
