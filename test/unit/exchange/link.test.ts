/** Links over real sockets: what the simulated network could have wrong. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ByteWriter } from "../../../src/base/bytes.ts";
import { ShapeDecoder, ShapeEncoder } from "../../../src/codec/shape.ts";
import { FRAME, LinkClient, LinkServer, ReceiveChannel } from "../../../src/exchange/link.ts";
import { systemClock } from "../../../src/host/system-clock.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { systemRandom } from "../../../src/host/system-random.ts";
import type { Address, Connection, Network } from "../../../src/ports/network.ts";
import { tcpNetwork } from "../../../src/transport/tcp.ts";
import { NotedLog } from "../../support/noted-log.ts";

const token = Buffer.from("token of a test");
const generation = { leaderEpoch: 1, attempt: 1 };
const RECORDS = 40_000;
const BATCH = 200;

/** Sends records in batches over a link, breaking it as told; resolves with what arrived. */
async function exchange(address: Address, breaks: number) {
  const network = tcpNetwork();
  const connections: Connection[] = [];
  const watched: Network = {
    ...network,
    connect: (to, open) =>
      network.connect(to, (connection) => {
        connections.push(connection);
        return open(connection);
      }),
  };
  const log = new NotedLog();
  const ports = { clock: systemClock(), crypto: systemCrypto(), random: systemRandom(), log };
  const server = await LinkServer.listen({ ...ports, network, token, self: "b", address });
  const decoder = new ShapeDecoder();
  const received: unknown[] = [];
  const done = Promise.withResolvers<void>();
  const channel: ReceiveChannel = new ReceiveChannel(4, (type, bytes, start, end) => {
    if (type === FRAME.end) done.resolve();
    if (type !== FRAME.data) return;
    received.push(...decoder.decodeBatch(bytes, start, end).records);
    channel.consumed(end - start);
  });
  server.expect(generation, "a", [channel], { onError: (error) => done.reject(error) });
  const client = new LinkClient({
    ...ports,
    network: watched,
    token,
    self: "a",
    peer: { name: "b", address: server.address },
    generation,
    onLost: (error) => done.reject(error),
  });
  const sender = client.channel(4);
  const encoder = new ShapeEncoder();
  const into = new ByteWriter();
  let next = 0;
  let broken = 0;
  const send = (): void => {
    while (sender.credit > 0 && next < RECORDS) {
      const records = Array.from({ length: BATCH }, (_, i) => ({
        n: next + i,
        text: "x".repeat(80),
      }));
      into.clear();
      encoder.encodeBatch(records, new Float64Array(BATCH), undefined, BATCH, into);
      sender.send(FRAME.data, into.buffer, 0, into.at);
      next += BATCH;
      if (next >= ((broken + 1) * RECORDS) / (breaks + 1) && broken < breaks) {
        broken++;
        connections.at(-1)!.terminate();
      }
      if (next >= RECORDS) sender.send(FRAME.end);
    }
  };
  sender.onCredit = send;
  send();
  await done.promise;
  await client.close();
  const left = sender.unacknowledged;
  server.close();
  return { received: received as { n: number }[], left, stats: client.stats, log };
}

function expectAll(received: readonly { n: number }[]): void {
  expect(received.length).toBe(RECORDS);
  expect(received.findIndex(({ n }, i) => n !== i)).toBe(-1);
}

test("records cross a TCP connection, in order and all of them", async () => {
  const { received, left, stats } = await exchange({ host: "127.0.0.1", port: 0 }, 0);
  expectAll(received);
  expect(left).toBe(0);
  expect(stats).toEqual({ connections: 1, failures: 0, retransmitted: 0 });
});

test("a connection that breaks under load loses, doubles and reorders nothing", async () => {
  const { received, stats } = await exchange({ host: "127.0.0.1", port: 0 }, 8);
  expectAll(received);
  expect(stats.connections).toBe(9);
  expect(stats.retransmitted).toBeGreaterThan(0);
});

test("records cross a Unix socket", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wallaroo-link-"));
  try {
    const path = join(folder, "data.sock");
    const { received } = await exchange({ host: "", port: 0, path }, 2);
    expectAll(received);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
