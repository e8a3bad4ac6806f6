/** What a source of the connector protocol refuses, counts and survives. */
import { expect, test } from "bun:test";
import { BRIDGE_STREAMS_MAX } from "../../../../src/model/limits.ts";
import { frame, NEVER, say } from "../../../support/bridge-client.ts";
import { listening, reading } from "../../../support/bridge-source.ts";
import { settle } from "../../../support/connector-context.ts";

test("plain text sent to the port is refused at once, and harms nobody", async () => {
  const { dial, client, read, reader, log } = await reading();
  const good = await client();
  await good.send(say.notify(1), say.message(1, 1, "a"));
  for (const text of ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "hello\n", "{}\n{}\n", "\0\0\0\0"]) {
    const stranger = dial();
    stranger.connection.send(text);
    const [answer] = await stranger.heard();
    expect(answer).toStartWith("error ");
    expect(stranger.isOpen).toBeFalse();
  }
  await good.send(say.message(1, 2, "b"));
  expect(read.values).toEqual(["a", "b"]);
  expect(reader.stats!()).toMatchObject({ connections: 1 });
  expect(log.texts.length).toBeGreaterThan(0);
});

test("a frame that announces more than the limit is refused before its bytes come", async () => {
  const { client, reader } = await reading({ maxRecordBytes: 1_000 });
  const one = await client();
  await one.send(say.notify(1), say.message(1, 1, "x".repeat(1_000)));
  const announced = Buffer.from("7fffffff05", "hex");
  expect(await one.send(announced)).toEqual([expect.stringMatching(/^error frame of 2147483647/)]);
  expect(one.isOpen).toBeFalse();
  expect(reader.stats!()["refused.longFrames"]).toBe(1);
});

test("a stranger makes us hold no more than a hello", async () => {
  const { dial, reader } = await reading();
  const one = dial();
  const long = frame(0, Buffer.alloc(100_000));
  expect(await one.send(long.subarray(0, 5_000))).toEqual([
    "error a hello of more than 4096 bytes",
  ]);
  expect(one.isOpen).toBeFalse();
  expect(reader.stats!()["connections"]).toBe(0);
});

test("connections that come and go while nothing is read take no place for ever", async () => {
  const { dial, network, reader } = await listening({ connections: 2 });
  for (let i = 0; i < 10; i++) {
    const one = dial();
    one.connection.send(say.hello());
    one.connection.leave();
    await settle();
  }
  const one = dial();
  one.connection.send(Buffer.concat([say.hello(), say.notify(1), say.message(1, 1, "a")]));
  one.connection.leave();
  dial();
  expect(network.produce()).toBeUndefined();
  const pending = reader.read()[Symbol.asyncIterator]().next();
  await settle();
  expect(network.produce()).toBeDefined();
  void pending;
});

test("a stream above the number that one position can hold is refused", async () => {
  const known = Object.fromEntries(
    Array.from({ length: BRIDGE_STREAMS_MAX - 1 }, (_, i) => [String(i), "1"]),
  );
  const { client } = await reading({}, known);
  const one = await client();
  expect(await one.send(say.notify(1_000_000))).toEqual([`notify_ack yes 1000000 ${NEVER}`]);
  expect(await one.send(say.notify(5))).toEqual(["notify_ack yes 5 1"]);
  const [answer] = await one.send(say.notify(2_000_000));
  expect(answer).toBe(
    `error Too many streams: ${BRIDGE_STREAMS_MAX} are known, which is the limit`,
  );
});

test("frames that are no frames are refused, counted and told", async () => {
  for (const bytes of [
    frame(9),
    frame(255, Buffer.alloc(8)),
    frame(3),
    frame(3, Buffer.alloc(9)),
    frame(5),
    frame(5, Buffer.alloc(20)),
    frame(5, Buffer.alloc(24), Buffer.from("00ff61", "hex")),
    frame(8, Buffer.alloc(16)),
  ]) {
    const { client, reader, log } = await reading();
    const one = await client();
    expect(await one.send(bytes)).toEqual(["error Unable to decode message"]);
    expect(one.isOpen).toBeFalse();
    expect(reader.stats!()["refused.badFrames"]).toBe(1);
    expect(log.texts[0]).toContain("producer closed");
  }
});

test("a producer that begins in the middle of a stream that nobody knows is told of", async () => {
  const { client, log } = await reading();
  const one = await client();
  expect(await one.send(say.notify(1, "orders", 500))).toEqual([`notify_ack yes 1 ${NEVER}`]);
  expect(log.lines[0]).toMatchObject({
    level: "warn",
    fields: { stream: "orders", streamId: "1", from: "500" },
  });
});
