/** What the control plane and links make of certificates, over real sockets. */
import { expect, test } from "bun:test";
import type { WallarooError } from "../../../src/base/errors.ts";
import type { WorkerIntroduction } from "../../../src/control/messages.ts";
import { engineOf } from "../../../src/control/version.ts";
import { Door, type DoorEvents } from "../../../src/coordinator/door.ts";
import { FRAME, LinkClient, LinkServer, ReceiveChannel } from "../../../src/exchange/link.ts";
import { secureNetwork } from "../../../src/host/secure-network.ts";
import { systemClock } from "../../../src/host/system-clock.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { systemRandom } from "../../../src/host/system-random.ts";
import type { Address, Connection, TlsOptions } from "../../../src/ports/network.ts";
import { tcpNetwork } from "../../../src/transport/tcp.ts";
import { register, type Registered } from "../../../src/worker/register.ts";
import { STRANGER, tlsOf } from "../../support/certificates.ts";
import { NotedLog } from "../../support/noted-log.ts";

const token = Buffer.from("token of a test");
const generation = { leaderEpoch: 1, attempt: 1 };
const HERE: Address = { host: "127.0.0.1", port: 0 };
const engine = engineOf("1.0.0");
const base = { clock: systemClock(), crypto: systemCrypto(), random: systemRandom() };
const A = tlsOf("worker", "a");
const B = tlsOf("worker", "b");
const C = tlsOf("worker", "c");
const COORDINATOR = tlsOf("coordinator", "coordinator");

/** A link from `a` to `b`, with these certificates; resolves with frames, or why there are none. */
async function link(from: TlsOptions, to: TlsOptions) {
  const log = new NotedLog();
  const ports = { ...base, log, token };
  const network = (tls: TlsOptions) => secureNetwork(tcpNetwork(), tls, "worker");
  const server = await LinkServer.listen({
    ...ports,
    network: network(to),
    self: "b",
    address: HERE,
  });
  const done = Promise.withResolvers<string>();
  let frames = 0;
  const channel: ReceiveChannel = new ReceiveChannel(4, (type, _, start, end) => {
    if (type === FRAME.end) done.resolve(`${frames} frames`);
    if (type !== FRAME.data) return;
    frames++;
    channel.consumed(end - start);
  });
  server.expect(generation, "a", [channel]);
  const client = new LinkClient({
    ...ports,
    network: network(from),
    self: "a",
    peer: { name: "b", address: server.address },
    generation,
    onLost: (error) => done.resolve(error.message),
    tries: 2,
    patienceMs: 0,
  });
  const sender = client.channel(4);
  let sent = 0;
  const bytes = new Uint8Array(1_000);
  sender.onCredit = () => {
    while (sender.credit > 0 && sent < 2_000) {
      sender.send(FRAME.data, bytes, 0, bytes.length);
      if (++sent === 2_000) sender.send(FRAME.end);
    }
  };
  sender.onCredit();
  const outcome = await done.promise;
  await client.close();
  server.close();
  return { outcome, stats: server.stats, log };
}

test("a link between the workers that are meant carries frames", async () => {
  const { outcome, stats } = await link(A, B);
  expect(outcome).toBe("2000 frames");
  expect(stats).toMatchObject({ handshakes: 0, garbage: 0 });
});

test("a worker with another's certificate does not bring its frames", async () => {
  const { outcome, stats } = await link(C, B);
  expect(outcome).toMatch(/refuses the link: the certificate is another worker's/);
  expect(stats.refused.wrong_certificate).toBe(1);
});

test("frames are not given to another worker than the one that is meant", async () => {
  const { outcome, stats } = await link(A, C);
  expect(outcome).toMatch(/certificate there is of worker\/c, and not of worker b/);
  expect(stats.refused).toMatchObject({ bad_token: 0, not_yet: 0 });
});

test("a coordinator's certificate and a stranger's carry no frames", async () => {
  expect((await link(COORDINATOR, B)).outcome).toMatch(/another worker's/);
  const stranger = await link(tlsOf("worker", "a", { by: STRANGER }), B);
  expect(stranger.outcome).toMatch(/may not accept our certificate/);
  expect(stranger.stats.handshakes).toBeGreaterThan(0);
  expect(stranger.log.lines.filter(({ text }) => text === "a link was refused").length).toBe(1);
});

/** A door with TLS, and a worker that comes in. */
async function door(hears: DoorEvents["message"] = () => undefined) {
  const log = new NotedLog();
  const network = secureNetwork(tcpNetwork(), COORDINATOR, "worker");
  const settings = { ...base, network, log, engine, token, cluster: "ab".repeat(16) };
  const opened: Door = new Door(
    { ...settings, leaderEpoch: 1 },
    {
      hello: (connection) => opened.welcome(connection),
      pulse: () => undefined,
      heard: () => undefined,
      message: hears,
      close: () => undefined,
    },
  );
  const address = await opened.open(HERE);
  return { door: opened, address, log };
}

async function join(address: Address, tls: TlsOptions, name: string): Promise<Registered> {
  const entered = Promise.withResolvers<Registered>();
  const worker: WorkerIntroduction = {
    name,
    incarnation: "0f".repeat(16),
    engine,
    data: HERE,
    host: "here",
    cluster: "",
    running: undefined,
  };
  await register({
    ...base,
    address,
    engine,
    token,
    network: secureNetwork(tcpNetwork(), tls, "coordinator"),
    introduce: () => worker,
    leaderEpochMin: 0,
    entered: entered.resolve,
    message: () => undefined,
    close: () => undefined,
  });
  return await entered.promise;
}

test("a worker registers under the name of its certificate, and under no other", async () => {
  const { door: opened, address, log } = await door();
  const { channel } = await join(address, A, "a");
  const refused = await join(address, A, "b").catch((error: unknown) => error as WallarooError);
  expect(refused).toMatchObject({ code: "wrong_certificate", retryable: false });
  expect(opened.refused).toEqual({ wrong_certificate: 1 });
  expect(JSON.stringify(log.lines)).toMatch(/certificate is of worker\/a, and not of worker b/);
  channel.end();
  opened.close();
});

test("a worker tells nothing to a coordinator that has no coordinator's certificate", async () => {
  const network = secureNetwork(tcpNetwork(), C, "worker");
  let bytes = 0;
  const accept = () => ({
    data: (chunk: Uint8Array) => void (bytes += chunk.length),
    drain: () => undefined,
    close: () => undefined,
  });
  const listener = await network.listen(HERE, accept);
  await expect(join(listener.address, A, "a")).rejects.toThrow(/is for another role/);
  expect(bytes).toBe(0);
  listener.close();
});

test("a thousand strangers do not disturb a worker that is in", async () => {
  const heard = Promise.withResolvers<void>();
  const { door: opened, address, log } = await door(() => heard.resolve());
  const { channel } = await join(address, A, "a");
  const strangers: Connection[] = [];
  const garbage = new Uint8Array(300).fill(0x47);
  const closed: Promise<void>[] = [];
  for (let i = 0; i < 1_000; i++) {
    const end = Promise.withResolvers<void>();
    const handler = { data: () => undefined, drain: () => undefined, close: () => end.resolve() };
    const stranger = await tcpNetwork().connect(address, () => handler);
    strangers.push(stranger);
    // A third each: garbage, half a greeting, nothing.
    if (i % 3 === 0) closed.push(end.promise);
    if (i % 3 < 2) stranger.write(garbage, 0, i % 3 === 0 ? garbage.length : 3);
  }
  channel.send({ type: "bye" });
  await heard.promise;
  await Promise.all(closed);
  for (const stranger of strangers) stranger.terminate();
  expect(opened.refused["bad_handshake"]! + opened.refused["too_many_handshakes"]!).toBeGreaterThan(
    700,
  );
  expect(log.lines.length).toBeLessThan(10);
  channel.end();
  opened.close();
});
