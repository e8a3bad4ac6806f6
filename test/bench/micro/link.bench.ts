/**
 * An exchange between two processes: records of about 100 bytes (3 texts, 4 numbers) are encoded,
 * sent over one link, decoded and consumed.
 * `bun test/bench/micro/link.bench.ts [tcp|unix] [millions]`
 * Printed: millions of records a second, and CPU of each process in ns for a record.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ByteWriter } from "../../../src/base/bytes.ts";
import { ShapeDecoder, ShapeEncoder } from "../../../src/codec/shape.ts";
import { FRAME, LinkClient, LinkServer, ReceiveChannel } from "../../../src/exchange/link.ts";
import { systemClock } from "../../../src/host/system-clock.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { systemRandom } from "../../../src/host/system-random.ts";
import type { Address } from "../../../src/ports/network.ts";
import { tcpNetwork } from "../../../src/transport/tcp.ts";
import { NotedLog } from "../../support/noted-log.ts";

const BATCH = 512;
const BATCHES = 64;
const CHANNELS = 4;
const generation = { leaderEpoch: 1, attempt: 1 };
const ports = {
  clock: systemClock(),
  crypto: systemCrypto(),
  random: systemRandom(),
  log: new NotedLog(),
  network: tcpNetwork(),
  token: Buffer.from("token of a benchmark"),
};

interface Order {
  readonly symbol: string;
  readonly account: string;
  readonly note: string;
  readonly bid: number;
  readonly offer: number;
  readonly size: number;
  readonly sequence: number;
}

const order = (i: number): Order => ({
  symbol: `S${100 + (i % 350)}`,
  account: `account-${(i * 7919) % 20_000}`,
  note: `20160218-09:31:43.${i % 1_000} an order that came by mail or so ${i % 97}`,
  bid: i + 0.5,
  offer: i + 0.75,
  size: i % 1_000,
  sequence: i,
});

async function receive(address: Address): Promise<void> {
  const server = await LinkServer.listen({ ...ports, self: "b", address });
  const done = Promise.withResolvers<void>();
  let open = CHANNELS;
  let count = 0;
  let sum = 0;
  let bytesInAll = 0;
  let cpu = process.cpuUsage();
  let start = 0;
  const channels = Array.from({ length: CHANNELS }, (_, id) => {
    const decoder = new ShapeDecoder();
    const channel: ReceiveChannel = new ReceiveChannel(id, (type, bytes, from, end) => {
      if (type === FRAME.end && --open === 0) done.resolve();
      if (type !== FRAME.data) return;
      if (start === 0) {
        start = performance.now();
        cpu = process.cpuUsage();
      }
      const { records } = decoder.decodeBatch(bytes, from, end);
      for (let i = 0; i < records.length; i++) {
        const { bid, offer, symbol } = records[i] as Order;
        sum += offer - bid + symbol.length;
      }
      count += records.length;
      bytesInAll += end - from;
      channel.consumed(end - from);
    });
    return channel;
  });
  server.expect(generation, "a", channels);
  process.send!(server.address);
  await done.promise;
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const perRecord = ((user + system) * 1_000) / count;
  process.stdout.write(
    `${(count / seconds / 1e6).toFixed(2)} M records/s, ${(bytesInAll / count).toFixed(0)} bytes ` +
      `a record, receiver ${perRecord.toFixed(0)} ns of CPU a record (checksum ${sum})\n`,
  );
  setTimeout(() => process.exit(0), 200);
}

async function send(address: Address, total: number): Promise<void> {
  const batches = Array.from({ length: BATCHES }, (_, b) =>
    Array.from({ length: BATCH }, (_, i) => order(b * BATCH + i)),
  );
  const times = Float64Array.from({ length: BATCH }, (_, i) => 1.7e12 + i);
  const client = new LinkClient({
    ...ports,
    self: "a",
    peer: { name: "b", address },
    generation,
    onLost: (error) => {
      throw error;
    },
  });
  const into = new ByteWriter(1 << 20);
  const cpu = process.cpuUsage();
  let sent = 0;
  const finished = Array.from({ length: CHANNELS }, (_, id) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const sender = client.channel(id);
    const encoder = new ShapeEncoder();
    let left = total / CHANNELS;
    let turn = 0;
    const pump = (): void => {
      while (left > 0 && sender.credit > 0) {
        const batch = batches[turn++ % BATCHES]!;
        for (let at = 0; at < BATCH;) {
          into.clear();
          at = encoder.encodeBatch(batch, times, undefined, BATCH, into, at, 1 << 20);
          sender.send(FRAME.data, into.buffer, 0, into.at);
        }
        left -= BATCH;
        sent += BATCH;
      }
      if (left > 0) return;
      sender.onCredit = undefined;
      sender.send(FRAME.end);
      resolve();
    };
    sender.onCredit = pump;
    return promise;
  });
  await Promise.all(finished);
  await client.close();
  const { user, system } = process.cpuUsage(cpu);
  const perRecord = ((user + system) * 1_000) / sent;
  process.stdout.write(`sender ${perRecord.toFixed(0)} ns of CPU a record\n`);
}

if (process.send !== undefined) {
  await receive(JSON.parse(process.argv[2]!) as Address);
} else {
  const folder = mkdtempSync(join(tmpdir(), "wallaroo-bench-"));
  const isUnix = process.argv[2] === "unix";
  const total = Number(process.argv[3] ?? 8) * 1e6;
  const address: Address = isUnix
    ? { host: "", port: 0, path: join(folder, "s") }
    : { host: "127.0.0.1", port: 0 };
  const listening = Promise.withResolvers<Address>();
  const child = Bun.spawn([process.execPath, import.meta.path, JSON.stringify(address)], {
    ipc: (message) => listening.resolve(message as Address),
    stdio: ["ignore", "inherit", "inherit"],
  });
  await send(await listening.promise, Math.ceil(total / BATCH / CHANNELS) * BATCH * CHANNELS);
  await child.exited;
  rmSync(folder, { recursive: true });
}
