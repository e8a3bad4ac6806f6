import { expect, test } from "bun:test";
import { frameOf } from "../../../src/control/wire.ts";
import { encodeMessage } from "../../../src/control/message-codec.ts";
import { engineOf } from "../../../src/control/version.ts";
import type { Connection, ConnectionHandler } from "../../../src/ports/network.ts";
import { ControlCluster, crypto } from "../../support/control-cluster.ts";
import { EACH_TO_COORDINATOR } from "../../support/control-messages.ts";

/** Somebody who connects and is no worker. */
async function stranger(cluster: ControlCluster): Promise<{
  connection: Connection;
  closed: () => boolean;
}> {
  let isClosed = false;
  const handler: ConnectionHandler = {
    data: () => undefined,
    drain: () => undefined,
    close: () => void (isClosed = true),
  };
  const connection = await cluster.network.connect(
    { host: "127.0.0.1", port: cluster.port },
    () => handler,
  );
  return { connection, closed: () => isClosed };
}

const send = (connection: Connection, bytes: Uint8Array): void => {
  connection.write(bytes, 0, bytes.length);
};

async function running(): Promise<ControlCluster> {
  const cluster = await ControlCluster.start();
  cluster.worker("w-1");
  cluster.worker("w-2");
  await cluster.until(() => cluster.coordinator.view.workers().length === 2, "both joined");
  await cluster.deploy();
  await cluster.running(2);
  return cluster;
}

test("garbage, cut frames, messages out of place: closed, counted, no harm to a job", async () => {
  const cluster = await running();
  const hello = frameOf(encodeMessage(EACH_TO_COORDINATOR[0]!), crypto);
  const wires = [
    new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"),
    new Uint8Array(10_000).fill(255),
    ...EACH_TO_COORDINATOR.map((message) => frameOf(encodeMessage(message), crypto)),
    hello.map((byte, i) => (i === 20 ? byte ^ 1 : byte)),
  ];
  for (const wire of wires) {
    const { connection, closed } = await stranger(cluster);
    send(connection, wire);
    await cluster.until(closed, "it was closed");
  }
  const half = await stranger(cluster);
  send(half.connection, hello.subarray(0, 30));
  await cluster.pass(4_000);
  expect(half.closed()).toBe(false);
  await cluster.pass(1_500);
  expect(half.closed()).toBe(true);
  expect(cluster.coordinator.view.summary().refused).toMatchObject({
    // `hello` and `pulse`: all others are out of place.
    wrong_token: 2,
    slow_handshake: 1,
    bad_message: EACH_TO_COORDINATOR.length - 2,
  });
  expect(cluster.coordinator.view.job("copy")).toMatchObject({ state: "running", restarts: 0 });
  expect(cluster.fatal).toEqual([]);
});

test("a thousand connections at a time leave the workers alone", async () => {
  const cluster = await running();
  const all = await Promise.all(Array.from({ length: 1_000 }, () => stranger(cluster)));
  await cluster.pass(1_000);
  expect(all.filter(({ closed }) => !closed()).length).toBeLessThanOrEqual(128);
  expect(cluster.coordinator.view.job("copy")).toMatchObject({ state: "running", restarts: 0 });
  await cluster.pass(6_000);
  expect(all.filter(({ closed }) => !closed())).toEqual([]);
  cluster.worker("w-3");
  await cluster.until(() => cluster.coordinator.view.workers().length === 3, "one more joins");
});

test("a worker with another token is refused for good", async () => {
  const cluster = await ControlCluster.start();
  const worker = cluster.worker("w-1", new TextEncoder().encode("another token altogether"));
  await cluster.pass(200);
  await expect(worker.done).rejects.toThrow(/the token is not this coordinator's/);
});

test("a worker of another protocol is refused, and both versions named", async () => {
  const cluster = await ControlCluster.start();
  const engine = { version: "9.9.9", protocol: 99, protocolMin: 99 };
  const worker = cluster.worker("w-1", undefined, engine);
  await cluster.pass(200);
  await expect(worker.done).rejects.toThrow(/9\.9\.9.*test|test.*9\.9\.9/);
  const compatible = { ...engineOf("1.0.1") };
  const other = cluster.worker("w-2", undefined, compatible);
  await cluster.until(() => other.isRegistered, "a compatible one joined");
});

test("a second live worker of one name is refused, and the first stays", async () => {
  const cluster = await running();
  const second = cluster.worker("w-1");
  await cluster.pass(12_000);
  await expect(second.done).rejects.toThrow(/a worker named w-1 is there already/);
  expect(cluster.coordinator.view.job("copy")).toMatchObject({ state: "running", restarts: 0 });
});

test("a worker that died takes its name again when it starts anew", async () => {
  const cluster = await ControlCluster.start();
  const first = cluster.worker("w-1");
  await cluster.until(() => first.isRegistered, "it joined");
  // Its machine is gone: nobody closes the connection.
  cluster.network.pairs[0]!.isSilent = true;
  await first.stop();
  const again = cluster.worker("w-1");
  await cluster.until(() => again.isRegistered, "the name is free again");
});

test("a worker of another cluster is refused: an emptied coordinator is no new one", async () => {
  const cluster = await ControlCluster.start();
  const worker = cluster.worker("w-1");
  await cluster.until(() => worker.isRegistered, "it joined");
  cluster.coordinator.close();
  for (const path of cluster.disk.paths()) cluster.disk.drop(path);
  await cluster.startCoordinator();
  await cluster.pass(8_000);
  await expect(worker.done).rejects.toThrow(/belongs to cluster/);
});
