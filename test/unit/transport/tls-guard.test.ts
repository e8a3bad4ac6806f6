import { expect, test } from "bun:test";
import { messageOf } from "../../../src/base/errors.ts";
import { identityIn, serverNameOf } from "../../../src/model/peer-identity.ts";
import type {
  Address,
  Connection,
  ConnectionHandler,
  HandshakeRefusal,
  Listener,
  TlsOptions,
} from "../../../src/ports/network.ts";
import { tcpNetwork } from "../../../src/transport/tcp.ts";
import { TlsGuard } from "../../../src/transport/tls-guard.ts";
import { AUTHORITY, STRANGER, tlsOf } from "../../support/certificates.ts";

const network = tcpNetwork();
const W1 = tlsOf("worker", "w1");
const W2 = tlsOf("worker", "w2");
const serverName = serverNameOf("worker");

/** Notes one end. */
class End implements ConnectionHandler {
  readonly closed = Promise.withResolvers<Error | undefined>();
  readonly #wanted: { size: number; resolve: () => void }[] = [];
  readonly chunks: Uint8Array[] = [];
  size = 0;
  data(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    for (const { size, resolve } of this.#wanted) if (this.size >= size) resolve();
  }
  drain(): void {}
  close(error: Error | undefined): void {
    this.closed.resolve(error);
  }
  has(size: number): Promise<void> {
    if (this.size >= size) return Promise.resolve();
    return new Promise((resolve) => this.#wanted.push({ size, resolve }));
  }
}

/** A listener with TLS that notes everything. */
class Server {
  readonly accepted: { connection: Connection; end: End }[] = [];
  readonly refusals: HandshakeRefusal[] = [];
  readonly #waiting: { is: () => boolean; resolve: () => void }[] = [];
  listener!: Listener;

  static async open(tls: TlsOptions, address: Address = { host: "127.0.0.1", port: 0 }) {
    const server = new Server();
    server.listener = await network.listen(
      address,
      (connection) => {
        const end = new End();
        server.accepted.push({ connection, end });
        server.#look();
        return end;
      },
      {
        tls: { ...tls, requireClient: true },
        refused: (refusal) => {
          server.refusals.push(refusal);
          server.#look();
        },
      },
    );
    return server;
  }
  get port(): number {
    return this.listener.address.port;
  }
  until(is: () => boolean): Promise<void> {
    if (is()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ is, resolve }));
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.listener.close();
    for (const { connection } of this.accepted) connection.terminate();
    await Promise.all(this.accepted.map(({ end }) => end.closed.promise));
  }
  #look(): void {
    for (const { is, resolve } of this.#waiting) if (is()) resolve();
  }
}

async function dial(server: Server, tls: TlsOptions, name = serverName) {
  const end = new End();
  const options = { tls: { ...tls, serverName: name } };
  const connection = await network.connect(server.listener.address, () => end, options);
  return { connection, end };
}

test("both ends know the other by the name in its certificate, before the first byte", async () => {
  await using server = await Server.open(W1);
  const { connection, end } = await dial(server, W2);
  await server.until(() => server.accepted.length === 1);
  const far = server.accepted[0]!;
  expect([connection.identity, far.connection.identity]).toEqual(["worker/w1", "worker/w2"]);
  connection.write(Buffer.from("hello"), 0, 5);
  await far.end.has(5);
  far.connection.end();
  expect(await end.closed.promise).toBeInstanceOf(Error);
  expect(server.refusals).toEqual([]);
});

test("much data arrives whole through pauses, and an end comes behind it", async () => {
  await using server = await Server.open(W1);
  const { connection, end } = await dial(server, W2);
  await server.until(() => server.accepted.length === 1);
  const far = server.accepted[0]!;
  const all = new Uint8Array(8_000_000).map((_, i) => (i * 31 + (i >> 8)) & 255);
  const scratch = new Uint8Array(100_000);
  let sent = 0;
  const pump = (): void => {
    while (sent < all.length) {
      const size = Math.min(scratch.length, all.length - sent);
      scratch.set(all.subarray(sent, sent + size));
      const taken = far.connection.write(scratch, 0, size);
      scratch.fill(0);
      if (taken <= 0) return;
      sent += taken;
    }
    far.connection.end();
  };
  far.end.drain = pump;
  connection.pause();
  pump();
  connection.resume();
  await end.closed.promise;
  expect(end.size).toBe(all.length);
  expect(Buffer.concat(end.chunks).equals(all)).toBe(true);
});

const STRANGERS: readonly (readonly [string, TlsOptions, RegExp])[] = [
  ["of another authority", tlsOf("worker", "w2", { by: STRANGER }), /not of our authority/],
  ["that has expired", tlsOf("worker", "w2", { isExpired: true }), /has expired/],
];

test.each(STRANGERS)("a certificate %s does not let a peer in", async (_, tls, why) => {
  await using server = await Server.open(W1);
  const { end } = await dial(server, tls);
  expect(messageOf(await end.closed.promise)).toMatch(/may not accept our certificate/);
  await server.until(() => server.refusals.length === 1);
  expect(server.refusals[0]).toMatchObject({ code: "bad_certificate" });
  expect(server.refusals[0]!.text).toMatch(why);
  expect(server.accepted).toEqual([]);
});

test.each(STRANGERS)("a listener with a certificate %s is told nothing", async (_, tls, why) => {
  await using server = await Server.open(tls);
  const dialled = dial(server, W2);
  await expect(dialled).rejects.toThrow(why);
  await server.until(() => server.refusals.length === 1);
  expect(server.accepted).toEqual([]);
});

test("who means a coordinator does not talk to a worker", async () => {
  await using server = await Server.open(W1);
  await expect(dial(server, W2, serverNameOf("coordinator"))).rejects.toThrow(/another role/);
});

test("a client's certificate does not serve", async () => {
  await using server = await Server.open(tlsOf("client", "ops"));
  await expect(dial(server, W2, serverNameOf("client"))).rejects.toThrow(/purpose|not meant for/);
});

/** Sends bytes to a port without TLS, resolves when they have been refused. */
async function plain(server: Server, bytes: Uint8Array): Promise<Connection> {
  return await network.connect(server.listener.address, (connection) => {
    queueMicrotask(() => connection.write(bytes, 0, bytes.length));
    return new End();
  });
}

test("garbage, plain text and half a greeting are refused, and told with the peer", async () => {
  await using server = await Server.open(W1);
  await plain(server, Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  await plain(server, new Uint8Array(600).fill(0xab));
  const half = await plain(server, Uint8Array.of(0x16, 3, 1, 2, 0, 1));
  await server.until(() => server.refusals.length === 2);
  half.terminate();
  await server.until(() => server.refusals.length === 3);
  expect(server.refusals.map(({ code }) => code)).toEqual(Array(3).fill("bad_handshake"));
  expect(server.refusals[0]!.peer.host).toBe("127.0.0.1");
  expect(server.accepted).toEqual([]);
  await dial(server, W2);
});

test("a thousand that never greet are bounded, and others come in when they are gone", async () => {
  await using server = await Server.open(W1);
  const nothing = new Uint8Array(0);
  const all = await Promise.all(Array.from({ length: 1_000 }, () => plain(server, nothing)));
  await server.until(() => server.refusals.length >= 1_000 - 128);
  expect(new Set(server.refusals.map(({ code }) => code))).toEqual(
    new Set(["too_many_handshakes"]),
  );
  for (const connection of all) connection.terminate();
  await server.until(() => server.refusals.length === 1_000);
  const { connection } = await dial(server, W2);
  expect(connection.identity).toBe("worker/w1");
});

test("a handshake has a time, after which it is refused", async () => {
  const refused = Promise.withResolvers<HandshakeRefusal>();
  const guard = await TlsGuard.make({
    isNameRequired: true,
    refused: refused.resolve,
    handshakeMs: 1,
  });
  let ends = 0;
  const socket = {
    authorized: true,
    getPeerCertificate: () => null,
    terminate: () => void ends++,
  };
  guard.begin(socket, { host: "10.0.0.9", port: 1 });
  expect(await refused.promise).toMatchObject({ code: "slow_handshake", peer: { port: 1 } });
  expect([ends, guard.pending]).toEqual([1, 0]);
  expect(guard.finish(socket, true, undefined)).toBeUndefined();
});

test("what the runtime calls a success is refused when the peer is not authorized", async () => {
  const codes: string[] = [];
  const guard = await TlsGuard.make({
    isNameRequired: true,
    refused: ({ code }) => void codes.push(code),
  });
  const make = (authorized: boolean, raw?: Uint8Array) => ({
    authorized,
    getPeerCertificate: () => (raw === undefined ? null : { raw }),
    terminate: () => undefined,
  });
  for (const socket of [make(false), make(true), make(true, new Uint8Array(40))]) {
    guard.begin(socket, { host: "10.0.0.9", port: 1 });
    expect(guard.finish(socket, true, undefined)).toBeUndefined();
  }
  expect(codes).toEqual(["bad_handshake", "bad_certificate", "bad_certificate"]);
});

test("a name that is not one of ours is nobody's", () => {
  const names = (uris: string[], commonNames: string[]) => identityIn({ uris, commonNames });
  expect(names(["https://x", "wallaroo://worker/w-1"], ["other"])).toBe("worker/w-1");
  expect(names([], ["coordinator"])).toBe("coordinator/coordinator");
  expect(names([], ["w-1"])).toBe("worker/w-1");
  expect(names([], ["w-1", "w-2"])).toBeUndefined();
  expect(names([], ["W 1"])).toBeUndefined();
  expect(names(["wallaroo://worker/w-1", "wallaroo://worker/w-2"], ["w-1"])).toBeUndefined();
  expect(names(["WALLAROO://worker/w-1"], ["w-1"])).toBeUndefined();
  expect(names(["wallaroo://captain/w-1"], ["w-1"])).toBeUndefined();
  expect(names(["wallaroo://worker/w-1/../x"], ["w-1"])).toBeUndefined();
});

test("an authority that is no certificate is an error, not a port without TLS", async () => {
  const listening = Server.open({ ...W1, ca: "nothing" });
  await expect(listening).rejects.toThrow(/cannot listen/);
  expect(AUTHORITY.cert).toContain("BEGIN CERTIFICATE");
});
