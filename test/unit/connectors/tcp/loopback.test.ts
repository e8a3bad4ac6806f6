/** Source and sink over real sockets: many producers, a receiver that dies, the end of a stream. */
import { expect, test } from "bun:test";
import { ByteWriter } from "../../../../src/base/bytes.ts";
import { fixed } from "../../../../src/codec/fixed.ts";
import { utf8 } from "../../../../src/codec/utf8.ts";
import { tcp } from "../../../../src/connectors/tcp/mod.ts";
import { systemClock } from "../../../../src/host/system-clock.ts";
import type { Address, Connection } from "../../../../src/ports/network.ts";
import { frameWriter } from "../../../../src/transport/frame-writer.ts";
import { tcpNetwork } from "../../../../src/transport/tcp.ts";
import { testWorld } from "../../../support/connector-context.ts";

const network = tcpNetwork();
const clock = systemClock();
const HOST = "127.0.0.1";
const pair = fixed({ producer: "u8", n: "u32" });

/** Connects, writes all bytes as the kernel takes them, and ends. */
async function produce(to: Address, bytes: Uint8Array): Promise<void> {
  const done = Promise.withResolvers<void>();
  let sent = 0;
  const connection: Connection = await network.connect(to, () => ({
    data: () => undefined,
    drain: () => send(),
    close: () => done.resolve(),
  }));
  const send = (): void => {
    sent += Math.max(0, connection.write(bytes, sent, bytes.length));
    if (sent === bytes.length) connection.end();
  };
  send();
  return done.promise;
}

test("all records of ten producers arrive, in the order of each", async () => {
  const { source: ctx, log } = testWorld();
  const source = tcp.listen({ port: 0, frame: "u16le", decode: pair });
  const reader = await source.open("listener", undefined, { ...ctx, clock, network });
  const EACH = 20_000;
  const writer = frameWriter("u16le");
  const producing = Array.from({ length: 10 }, (_, producer) => {
    const into = new ByteWriter();
    for (let n = 0; n < EACH; n++) writer.write(pair, { producer, n }, into);
    return produce(reader.addresses![0]!, into.take());
  });
  const seen = new Array<number>(10).fill(0);
  let wrong = 0;
  let total = 0;
  for await (const { bytes, starts, ends, count } of reader.read()) {
    for (let i = 0; i < count; i++) {
      const record = pair.decode(bytes!, starts![i]!, ends![i]!);
      if (seen[record.producer] !== record.n) wrong++;
      seen[record.producer]!++;
    }
    total += count;
    if (total === EACH * 10) break;
  }
  await Promise.all(producing);
  expect(wrong).toBe(0);
  expect(seen).toEqual(new Array<number>(10).fill(EACH));
  const handed = reader.producers!().reduce((sum, { bytes }) => sum + bytes, 0);
  expect(handed).toBe(EACH * 10 * 7);
  expect(log.lines).toEqual([]);
});

/** Listens, and gathers the lines of every connection that it gets. */
async function receive() {
  const texts: string[] = [];
  const connections: Connection[] = [];
  let wake: (() => void) | undefined;
  const listener = await network.listen({ host: HOST, port: 0 }, (connection) => {
    const index = connections.push(connection) - 1;
    texts[index] = "";
    return {
      data: (chunk) => {
        texts[index] += Buffer.from(chunk).toString();
        wake?.();
      },
      drain: () => undefined,
      close: () => undefined,
    };
  });
  const until = async (isDone: () => boolean): Promise<void> => {
    while (!isDone()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { texts, connections, listener, until };
}

test("a sink dials again when its connection breaks, and writes whole records", async () => {
  const receiver = await receive();
  const { port } = receiver.listener.address;
  const { sink } = testWorld();
  const sinkCtx = { ...sink(), clock, network };
  const writer = await tcp.connect({ port, frame: "lines", encode: utf8 }).open(sinkCtx);
  await writer.write(["one", "two"]);
  await writer.prepare(1);
  await receiver.until(() => receiver.texts[0] === "one\ntwo\n");
  receiver.connections[0]!.terminate();
  while (writer.stats!()["reconnects"] !== 1) await new Promise<void>((ok) => clock.soon(ok));
  await writer.write(["three"]);
  await writer.prepare(2);
  await receiver.until(() => receiver.texts[1] === "three\n");
  await writer[Symbol.asyncDispose]();
  receiver.listener.close();
});

test("a closing sink delivers everything to a receiver that reads", async () => {
  const receiver = await receive();
  const { sink, log } = testWorld();
  const { port } = receiver.listener.address;
  const sinkCtx = { ...sink(), clock, network };
  const writer = await tcp.connect({ port, frame: "lines", encode: utf8 }).open(sinkCtx);
  const records = Array.from({ length: 50_000 }, (_, i) => `record ${i}`);
  await writer.write(records);
  await writer[Symbol.asyncDispose]();
  const expected = `${records.join("\n")}\n`;
  await receiver.until(() => receiver.texts[0]?.length === expected.length);
  expect(receiver.texts[0] === expected).toBe(true);
  expect(log.lines).toEqual([]);
  receiver.listener.close();
});
