import { expect, test } from "bun:test";
import { utf8 } from "../../../../src/codec/utf8.ts";
import { tcp } from "../../../../src/connectors/tcp/mod.ts";
import type { ListenOptions } from "../../../../src/connectors/tcp/options.ts";
import { BATCH_RECORDS_MAX } from "../../../../src/model/limits.ts";
import { settle } from "../../../support/connector-context.ts";
import { batchOf, frames, iterate, opened, peerOf } from "../../../support/tcp-source.ts";

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

test("a producer at full speed lets another one through after one batch", async () => {
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

test("a producer is paused while its chunk waits, until it is handed over", async () => {
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

test("closing ends reading, listener and connections, twice as well as once", async () => {
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
