import { expect, test } from "bun:test";
import type { Connection, ConnectionHandler } from "../../../src/ports/network.ts";
import { messageOf } from "../../../src/base/errors.ts";
import { tcpNetwork } from "../../../src/transport/tcp.ts";

const HOST = "127.0.0.1";
const network = tcpNetwork();

/** Notes what happens on a connection, and resolves `closed` at its end. */
class Notes implements ConnectionHandler {
  readonly chunks: Uint8Array[] = [];
  readonly closed = Promise.withResolvers<Error | undefined>();
  readonly drained = Promise.withResolvers<void>();
  onData: (() => void) | undefined;
  closes = 0;
  bytes = 0;

  data(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    this.onData?.();
  }
  drain(): void {
    this.drained.resolve();
  }
  close(error: Error | undefined): void {
    this.closes++;
    this.closed.resolve(error);
  }
  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

/** A listener and one connection to it, both ends noted. */
async function pair() {
  const server = new Notes();
  const client = new Notes();
  const accepted = Promise.withResolvers<Connection>();
  const listener = await network.listen({ host: HOST, port: 0 }, (connection) => {
    accepted.resolve(connection);
    return server;
  });
  const near = await network.connect(listener.address, () => client);
  const far = await accepted.promise;
  return { server, client, near, far, listener };
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text);

test("bytes written at one end arrive at the other, until it ends", async () => {
  const { server, client, near, listener } = await pair();
  expect(near.write(bytesOf("..hello.."), 2, 7)).toBe(5);
  near.end();
  expect(await server.closed.promise).toBeUndefined();
  expect(server.text).toBe("hello");
  await client.closed.promise;
  expect([server.closes, client.closes]).toEqual([1, 1]);
  listener.close();
});

test("both ends know both addresses", async () => {
  const { near, far, listener } = await pair();
  expect(listener.address.port).toBeGreaterThan(0);
  expect(near.peer).toEqual(listener.address);
  expect(far.local).toEqual(listener.address);
  expect(far.peer).toEqual(near.local);
  near.terminate();
  listener.close();
});

test("close is told after terminate has returned, once, and writes then say -1", async () => {
  const { client, near, listener } = await pair();
  near.terminate();
  expect(client.closes).toBe(0);
  expect(near.isOpen).toBe(false);
  expect(near.write(bytesOf("x"), 0, 1)).toBe(-1);
  near.terminate();
  near.end();
  near.pause();
  near.resume();
  await client.closed.promise;
  expect(client.closes).toBe(1);
  listener.close();
});

test("a write to a peer that does not read is taken in part, until drain", async () => {
  const { server, client, near, far, listener } = await pair();
  far.pause();
  const big = new Uint8Array(64 * 1024 * 1024).fill(7);
  const taken = near.write(big, 0, big.length);
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(big.length);
  const enough = Promise.withResolvers<void>();
  server.onData = () => {
    if (server.bytes >= taken) enough.resolve();
  };
  far.resume();
  await client.drained.promise;
  await enough.promise;
  expect(server.bytes).toBe(taken);
  near.terminate();
  listener.close();
});

test("a chunk that is given back is gone at once, and what comes next is whole", async () => {
  const { near, far, server, listener } = await pair();
  const sizes: number[] = [];
  let sum = 0;
  const all = Promise.withResolvers<void>();
  server.data = (chunk) => {
    sum += chunk.reduce((a, b) => a + b, 0);
    sizes.push(chunk.length);
    far.giveBack?.(chunk);
    expect(chunk.length).toBe(sizes.at(-1)! < 4_096 ? sizes.at(-1)! : 0);
    far.giveBack?.(chunk);
    if (sizes.reduce((a, b) => a + b) === 300_000) all.resolve();
  };
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
  let at = 0;
  const more = (): void => {
    at += Math.max(0, near.write(bytes, at, bytes.length));
    if (at < bytes.length) setImmediate(more);
  };
  more();
  await all.promise;
  expect(sum).toBe(bytes.reduce((a, b) => a + b, 0));
  near.end();
  await server.closed.promise;
  listener.close();
});

test("of a chunk that is a part of other memory nothing is taken", async () => {
  const { near, far, server, listener } = await pair();
  const whole = new Uint8Array(20_000).fill(7);
  far.giveBack?.(whole.subarray(0, 10_000));
  expect(whole.every((byte) => byte === 7)).toBe(true);
  near.end();
  await server.closed.promise;
  listener.close();
});

test("a connection that is not accepted is closed", async () => {
  const listener = await network.listen({ host: HOST, port: 0 }, () => undefined);
  const client = new Notes();
  await network.connect(listener.address, () => client);
  await client.closed.promise;
  expect(client.bytes).toBe(0);
  listener.close();
});

test("an error thrown by a receiver closes its connection with that error", async () => {
  const seen = Promise.withResolvers<Error | undefined>();
  const listener = await network.listen({ host: HOST, port: 0 }, () => ({
    data: () => {
      throw new Error("broken receiver");
    },
    drain: () => {},
    close: (error) => seen.resolve(error),
  }));
  const client = new Notes();
  const near = await network.connect(listener.address, () => client);
  near.write(bytesOf("x"), 0, 1);
  expect((await seen.promise)?.message).toBe("broken receiver");
  await client.closed.promise;
  listener.close();
});

test("a port in use is an error that names it and says what to do", async () => {
  const listener = await network.listen({ host: HOST, port: 0 }, () => undefined);
  const again = network.listen(listener.address, () => undefined);
  expect(again).rejects.toMatchObject({
    code: "port_in_use",
    message: expect.stringContaining(`${HOST}:${listener.address.port}`),
  });
  await again.catch(() => undefined);
  listener.close();
});

test("an address of another machine is an error that says so", async () => {
  const error = await network
    .listen({ host: "192.0.2.1", port: 0 }, () => undefined)
    .catch((error: unknown) => error);
  expect(error).toMatchObject({ code: "cannot_listen" });
  expect(messageOf(error)).toContain("this machine has no such address");
});

test("connecting to a port where nobody listens is an error that says so", async () => {
  const listener = await network.listen({ host: HOST, port: 0 }, () => undefined);
  listener.close();
  const error = await network
    .connect(listener.address, () => new Notes())
    .catch((error: unknown) => error);
  expect(error).toMatchObject({ code: "cannot_connect" });
  expect(messageOf(error)).toContain("nobody listens there");
});

test("where it is asked for, a peer that sends no more still reads", async () => {
  const server = new Notes();
  const events: string[] = [];
  const accepted = Promise.withResolvers<Connection>();
  const ended = Promise.withResolvers<void>();
  const accept = (connection: Connection): ConnectionHandler => {
    accepted.resolve(connection);
    return {
      data: (chunk) => server.data(chunk),
      drain: () => server.drain(),
      ended: () => {
        events.push(`ended after ${server.text}`);
        ended.resolve();
      },
      close: (error) => {
        events.push("closed");
        server.close(error);
      },
    };
  };
  const listener = await network.listen({ host: HOST, port: 0 }, accept, { halfOpen: true });
  const text = Promise.withResolvers<string>();
  let got = "";
  await Bun.connect({
    hostname: HOST,
    port: listener.address.port,
    allowHalfOpen: true,
    socket: {
      open: (socket) => {
        socket.write("ask");
        socket.shutdown();
      },
      data: (_, chunk) => void (got += chunk.toString()),
      close: () => text.resolve(got),
    },
  });
  const connection = await accepted.promise;
  await ended.promise;
  expect(connection.isOpen).toBe(true);
  const answer = Buffer.from("answer");
  expect(connection.write(answer, 0, answer.length)).toBe(answer.length);
  connection.end();
  expect(await text.promise).toBe("answer");
  await server.closed.promise;
  expect(events).toEqual(["ended after ask", "closed"]);
  expect(server.closes).toBe(1);
  listener.close();
});

test("a half-open peer whose handler does not ask for it is ended at once", async () => {
  const server = new Notes();
  const listener = await network.listen({ host: HOST, port: 0 }, () => server, { halfOpen: true });
  const client = new Notes();
  const connection = await network.connect(listener.address, () => client);
  connection.end();
  expect(await server.closed.promise).toBeUndefined();
  await client.closed.promise;
  listener.close();
});

// The kernel tells of the timers of its sockets in a file, where it is Linux.
test.if(process.platform === "linux")(
  "a listener may ask that silent peers are looked after",
  async () => {
    for (const keepAliveMs of [undefined, 30_000]) {
      const options = keepAliveMs === undefined ? {} : { keepAliveMs };
      const accepted = Promise.withResolvers<Connection>();
      const accept = (connection: Connection) => (accepted.resolve(connection), new Notes());
      const listener = await network.listen({ host: HOST, port: 0 }, accept, options);
      const client = await network.connect(listener.address, () => new Notes());
      await accepted.promise;
      expect(await timerOf(listener.address.port, client.local.port)).toBe(
        keepAliveMs === undefined ? "00" : "02",
      );
      client.terminate();
      listener.close();
    }
  },
);

/** Of the socket from one local port to another: 02 is a timer of keep-alive, 00 none. */
async function timerOf(from: number, to: number): Promise<string | undefined> {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, "0");
  const rows = (await Bun.file("/proc/net/tcp").text())
    .split("\n")
    .map((row) => row.trim().split(/\s+/));
  const row = rows.find(([, a, b]) => a?.endsWith(`:${hex(from)}`) && b?.endsWith(`:${hex(to)}`));
  return row?.[5]?.slice(0, 2);
}
