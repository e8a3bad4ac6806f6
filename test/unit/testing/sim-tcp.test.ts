import { expect, test } from "bun:test";
import type { Connection, ConnectionHandler } from "../../../src/ports/network.ts";
import type { SimHost } from "../../../src/testing/sim-host.ts";
import { World } from "../../../src/testing/world.ts";

/** Notes what comes; writes are retried when there is room. */
class Peer implements ConnectionHandler {
  received = "";
  readonly closes: (string | undefined)[] = [];
  drains = 0;
  connection: Connection | undefined;

  data(chunk: Uint8Array): void {
    this.received += Buffer.from(chunk).toString();
  }
  drain(): void {
    this.drains++;
  }
  close(error: Error | undefined): void {
    this.closes.push(error?.message);
  }
  write(text: string): number {
    const bytes = Buffer.from(text);
    return this.connection!.write(bytes, 0, bytes.length);
  }
}

function connected(seed = 1) {
  const world = new World(seed);
  const [a, b] = [world.host("a"), world.host("b")];
  const [near, far] = [new Peer(), new Peer()];
  const take = (peer: Peer, connection: Connection): Peer => {
    peer.connection = connection;
    return peer;
  };
  world.settle(b.life.network.listen({ host: "b", port: 5 }, (c) => take(far, c)));
  world.settle(a.life.network.connect({ host: "b", port: 5 }, (c) => take(near, c)));
  return { world, a, b, near, far };
}

function cut(world: World, from: SimHost, to: SimHost): void {
  world.path(from, to).cut();
}

test("bytes arrive in order, whatever pieces they come in", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { world, near, far } = connected(seed);
    let sent = "";
    for (let i = 0; i < 200; i++) {
      const text = `${i} ${"x".repeat(i)},`;
      sent += text.slice(0, near.write(text));
    }
    world.run(100);
    expect(far.received).toBe(sent);
  }
});

test("what is written and not read is bounded, and a drain tells that there is room", () => {
  const { world, a, b, near, far } = connected();
  world.path(a, b).room = 10;
  far.connection!.pause();
  expect(near.write("0123456789ABC")).toBeLessThanOrEqual(10);
  while (near.write("x") > 0) continue;
  world.run(1_000);
  expect([near.drains, far.received]).toEqual([0, ""]);
  far.connection!.resume();
  world.run(10);
  expect(far.received).toHaveLength(10);
  expect(near.drains).toBeGreaterThan(0);
});

test("a cut holds what is sent, in one direction, until it is healed", () => {
  const { world, a, b, near, far } = connected();
  cut(world, a, b);
  near.write("to b");
  far.write("to a");
  world.run(60_000);
  expect([near.received, far.received]).toEqual(["to a", ""]);
  world.path(a, b).heal();
  world.run(10);
  expect(far.received).toBe("to b");
});

test("a reset loses what is under way and tells both", () => {
  const { world, near, far } = connected();
  near.write("lost");
  for (const tcp of world.connections) tcp.reset();
  world.run(10);
  expect([far.received, far.closes, near.closes]).toEqual([
    "",
    ["connection reset by peer"],
    ["connection reset by peer"],
  ]);
  expect(near.write("more")).toBe(-1);
});

test("the other end of a severed connection learns of it by writing, if anybody answers", () => {
  for (const isMute of [false, true]) {
    const { world, near, far } = connected();
    const [tcp] = world.connections;
    tcp!.sever(tcp!.near, { isMute });
    world.run(60_000);
    expect([near.closes.length, far.closes.length]).toEqual([1, 0]);
    far.write("is anybody there?");
    world.run(10);
    expect(far.closes).toEqual(isMute ? [] : ["connection reset by peer"]);
  }
});

test("an end in good order comes behind all bytes, and both are told once", () => {
  const { world, near, far } = connected();
  near.write("the last words");
  near.connection!.end();
  world.run(10);
  expect([far.received, far.closes, near.closes]).toEqual([
    "the last words",
    [undefined],
    [undefined],
  ]);
});

test("a connection that breaks before it is open is told to who opens it", () => {
  const world = new World(3);
  const [a, b] = [world.host("a"), world.host("b")];
  const [near, far] = [new Peer(), new Peer()];
  world.settle(b.life.network.listen({ host: "b", port: 5 }, () => far));
  a.life.network.connect({ host: "b", port: 5 }, () => near).catch(() => undefined);
  world.path(b, a).latencyMs = 50;
  world.run(20);
  for (const tcp of world.connections) tcp.reset();
  world.run(200);
  // Either it never opened, or it was closed again.
  expect(far.closes).toEqual(["connection reset by peer"]);
  expect(world.connections.size).toBe(0);
});
