import { expect, test } from "bun:test";
import type { Position } from "../../../../src/model/context.ts";
import { INGEST_FULL_MS, INGEST_GATHER_BYTES } from "../../../../src/model/limits.ts";
import { codeOf } from "../../../support/connector-context.ts";
import { openLogged, SEGMENT, toldTo } from "../../../support/ingest-source.ts";
import { frames, iterate } from "../../../support/tcp-source.ts";

test("nobody is told of a frame, and nobody reads it, before it is durable", async () => {
  const { disk, later, live, produce } = await openLogged();
  const { promise, resolve } = Promise.withResolvers<void>();
  const reading = live();
  const producer = produce();
  disk.onCall = (call, path) => (call === "sync" && path === SEGMENT ? promise : undefined);
  producer.send(frames("one", "two"));
  await later();
  expect([toldTo(producer), reading.values]).toEqual([0, []]);
  resolve();
  disk.onCall = undefined;
  await later();
  expect(toldTo(producer)).toBe(2);
  expect(reading.values).toEqual(["one", "two"]);
});

test("it holds what producers sent until all of it was processed", async () => {
  const { disk, later, live, produce, reader } = await openLogged();
  const { promise, resolve } = Promise.withResolvers<void>();
  expect(reader.isHolding).toBeFalse();
  const producer = produce();
  disk.onCall = (call, path) => (call === "sync" && path === SEGMENT ? promise : undefined);
  producer.send(frames("one", "two"));
  await later();
  expect(reader.isHolding).toBeTrue(); // Not durable.
  resolve();
  disk.onCall = undefined;
  await later();
  expect(reader.isHolding).toBeTrue(); // Nobody has read it.
  live();
  await later();
  expect(reader.isHolding).toBeFalse();
});

test("frames that come while others are synced share the next sync", async () => {
  const { disk, later, produce } = await openLogged();
  const producers = [produce(), produce(), produce()];
  const before = disk.calls.filter((call) => call.startsWith("sync ")).length;
  for (const producer of producers) producer.send(frames("a", "b"));
  await later();
  const syncs = disk.calls.filter((call) => call === `sync ${SEGMENT}`).length - before;
  // One for the header of the segment, one for all.
  expect(syncs).toBe(2);
  expect(producers.map(toldTo)).toEqual([2, 2, 2]);
});

test("each producer is told the frames of its own connection", async () => {
  const { later, produce } = await openLogged();
  const [a, b] = [produce(), produce()];
  a.send(frames("1", "2", "3"));
  await later();
  b.send(frames("1"));
  a.send(frames("4"));
  await later();
  expect([toldTo(a), toldTo(b)]).toEqual([4, 1]);
});

test("what was read after the checkpoint is read again, with the time of its arrival", async () => {
  const first = await openLogged();
  const producer = first.produce();
  const reading = first.live();
  producer.send(frames("one", "two"));
  await first.later();
  const at = reading.records[1]!.position;
  first.clock.advance(5_000);
  producer.send(frames("three"));
  await first.later();
  first.disk.crash();
  const again = await openLogged({ disk: first.disk, from: at! });
  const second = again.live();
  await again.later();
  expect(second.values).toEqual(["two", "three"]);
  expect(second.records.map(({ time }) => time)).toEqual(
    reading.records.slice(1).map(({ time }) => time),
  );
});

test("what is in memory is not read from the disk, where a segment begins neither", async () => {
  const first = await openLogged({ segmentBytes: 100 });
  const producer = first.produce();
  producer.send(frames("x".repeat(100)));
  await first.later();
  await first.reader[Symbol.asyncDispose]();
  // One that begins at the end of a full segment, too.
  const from = { segment: 1, offset: (await first.disk.stat(SEGMENT))!.size, frame: 0 };
  const { disk, later, live, produce } = await openLogged({
    disk: first.disk,
    segmentBytes: 100,
    from,
  });
  const reading = live();
  const next = produce();
  const before = disk.calls.length;
  const texts = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(40));
  for (const text of texts) {
    next.send(frames(text));
    await later();
  }
  expect(reading.values).toEqual(texts);
  expect(disk.paths().length).toBeGreaterThan(3);
  expect(disk.calls.slice(before).filter((call) => call.startsWith("read "))).toEqual([]);
});

test("the begin of a frame that is never finished is not kept", async () => {
  const { disk, later, live, produce } = await openLogged();
  const reading = live();
  const producer = produce();
  producer.send(Buffer.concat([frames("whole"), frames("never finished").subarray(0, 9)]));
  await later();
  producer.leave();
  await later();
  expect(reading.values).toEqual(["whole"]);
  expect(disk.text(SEGMENT)).not.toContain("never");
});

test("a position that the log does not have any more is never read from elsewhere", async () => {
  const { disk, reader, later, live, produce } = await openLogged({ segmentBytes: 100 });
  const reading = live();
  const producer = produce();
  const positions: Position[] = [];
  for (let i = 0; i < 6; i++) {
    producer.send(frames("x".repeat(100)));
    await later();
    positions.push(JSON.parse(JSON.stringify(reading.next)) as Position);
    await reader.acknowledge(positions.at(-1)!);
  }
  disk.crash();
  expect(await codeOf(openLogged({ disk, from: positions[0]! }))).toBe("position_lost");
  // Those of the three checkpoints that are kept are there.
  for (const from of positions.slice(-3)) {
    const { reader: again } = await openLogged({ disk, from });
    await again[Symbol.asyncDispose]();
  }
});

test("a job that begins without a checkpoint reads what no checkpoint has consumed", async () => {
  const { disk, reader, later, live, produce } = await openLogged();
  const reading = live();
  const producer = produce();
  producer.send(frames("consumed"));
  await later();
  await reader.acknowledge(reading.next!);
  producer.send(frames("not yet"));
  await later();
  disk.crash();
  const again = await openLogged({ disk, isUnknown: true });
  const second = again.live();
  await again.later();
  expect(second.values).toEqual(["not yet"]);
});

test("a full disk slows producers, says so, and loses nothing that was promised", async () => {
  const { disk, clock, log, later, live, reader, produce } = await openLogged();
  const reading = live();
  const producer = produce();
  producer.send(frames("before"));
  await later();
  disk.capacity = (await disk.stat(SEGMENT))!.size + 10;
  producer.send(frames("waits"));
  await later();
  expect([toldTo(producer), reading.values]).toEqual([1, ["before"]]);
  expect(log.texts).toEqual(["warn: producers wait: there is no room for their log; free some"]);
  expect(reader.stats!()).toMatchObject({ log: "no room" });
  producer.send(frames("x".repeat(INGEST_GATHER_BYTES + 500_000)));
  await later();
  const other = produce();
  other.send(frames("y"));
  expect(other.isPaused).toBe(true);
  disk.capacity = Infinity;
  clock.advance(INGEST_FULL_MS);
  await later();
  clock.advance(INGEST_FULL_MS);
  await later();
  expect([toldTo(producer), toldTo(other)]).toEqual([3, 1]);
  expect(reading.values.map((value) => value.slice(0, 6))).toEqual([
    "before",
    "waits",
    "xxxxxx",
    "y",
  ]);
  expect(log.texts.at(-1)).toMatch(/^info: there is room for the log of producers again, after /);
});

test("a failed fsync ends the reading, cuts producers off, and promises nothing more", async () => {
  const { disk, later, live, produce } = await openLogged();
  const reading = live();
  const producer = produce();
  producer.send(frames("one"));
  await later();
  disk.onCall = (call) => {
    if (call === "sync") throw new Error("EIO");
  };
  producer.send(frames("two"));
  await later();
  expect(reading.errorCode).toBe("fsync_failed");
  expect([toldTo(producer), producer.isOpen, reading.values]).toEqual([1, false, ["one"]]);
});

test("a producer that has sent its last is told of all of it, then closed", async () => {
  const { later, produce } = await openLogged();
  const producer = produce();
  producer.send(frames("one", "two"));
  producer.endSending();
  expect(producer.isOpen).toBe(true);
  await later();
  expect([toldTo(producer), producer.isEnded]).toEqual([2, true]);
});

test("one that has ended and was told before is closed at once", async () => {
  const { later, produce } = await openLogged();
  const producer = produce();
  producer.send(frames("one"));
  await later();
  producer.endSending();
  expect(producer.isEnded).toBe(true);
});

test("a pipeline that takes nothing holds producers back", async () => {
  const { later, reader, produce } = await openLogged();
  const producer = produce();
  let sent = 0;
  for (; !producer.isPaused && sent < 100; sent++) {
    producer.send(frames("z".repeat(1_000_000)));
    await later();
  }
  expect(sent).toBeLessThan(30);
  const batches = iterate(reader);
  for (let i = 0; i < sent; i++) {
    expect((await batches.next()).done).toBe(false);
    await later();
  }
  expect(producer.isPaused).toBe(false);
});

test("at a barrier before the first record there is a position", async () => {
  const { reader } = await openLogged();
  expect(reader.position!()).toEqual({ segment: 1, offset: 32, frame: 0 });
});

test("closing stores what had arrived, ends reading and closes all, once or twice", async () => {
  const { disk, later, live, reader, produce, network } = await openLogged();
  const reading = live();
  const producer = produce();
  producer.send(frames("last"));
  await reader[Symbol.asyncDispose]();
  await reader[Symbol.asyncDispose]();
  await later();
  expect([reading.end, producer.isOpen, network.isListening]).toEqual(["finished", false, false]);
  expect(disk.openFiles).toBe(0);
  disk.crash();
  const again = await openLogged({ disk, isUnknown: true });
  const second = again.live();
  await again.later();
  expect(second.values).toEqual(["last"]);
});

test("nobody is told of a frame before a checkpoint says who has it", async () => {
  const first = await openLogged({ isUnknown: true });
  const reading = first.live();
  const producer = first.produce();
  producer.send(frames("one", "two"));
  await first.later();
  expect([toldTo(producer), reading.values]).toEqual([0, ["one", "two"]]);
  await first.reader.acknowledge(first.reader.position!()!);
  expect(toldTo(producer)).toBe(2);
  producer.send(frames("three"));
  await first.later();
  expect(toldTo(producer)).toBe(3);
  const from = first.reader.position!()!;
  first.disk.crash();
  // One that is read on with has been in a checkpoint.
  const again = await openLogged({ disk: first.disk, from, isUnknown: true });
  const next = again.produce();
  next.send(frames("four"));
  await again.later();
  expect(toldTo(next)).toBe(1);
});

test("one that is in the store is everybody's, and tells at once", async () => {
  const { later, produce } = await openLogged({ isUnknown: true, log: "replicated" });
  const producer = produce();
  producer.send(frames("one"));
  await later();
  expect(toldTo(producer)).toBe(1);
});
