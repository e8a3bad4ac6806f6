/** The connector protocol on several workers of the real binary, which leave and die. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { NEVER, say } from "../support/bridge-client.ts";
import { BridgeCluster, enter } from "../support/bridge-cluster.ts";
import type { Producer } from "../support/bridge-producer.ts";

setDefaultTimeout(60_000);

let cluster: BridgeCluster;

beforeAll(async () => {
  cluster = await BridgeCluster.start();
});

afterAll(() => cluster[Symbol.dispose]());

/** Announces a stream until it is granted. Gives the point from which to go on. */
async function granted(one: Producer, stream: number): Promise<number> {
  for (;;) {
    one.send(say.notify(stream));
    const [, isGranted, , point] = (await one.hears("notify_ack")).split(" ");
    if (isGranted === "yes") return point === NEVER ? 0 : Number(point);
    await one.hears("ack ");
  }
}

/** Hears that all of a stream up to a message is in a complete checkpoint. */
async function durable(one: Producer, stream: number, id: number): Promise<void> {
  while (!`${await one.hears("ack ")} `.includes(` ${stream}:${id} `));
}

/** Messages from `from` to `to` of a stream. */
const messages = (stream: number, from: number, to: number): Buffer[] =>
  Array.from({ length: to - from + 1 }, (_, i) =>
    say.message(stream, from + i, `${stream}:${from + i}`),
  );

const portIn = (restart: string): number => Number(restart.split(":").at(-1));

test("streams are one producer's in the cluster, and go on elsewhere when workers go", async () => {
  for (const name of ["b-1", "b-2", "b-3"]) await cluster.worker(name);
  await cluster.deploy(3);
  const ports = await cluster.ports();
  expect(ports).toHaveLength(3);

  const [one, two, three] = await Promise.all(ports.map(enter));
  const [first, ...others] = [one!, two!, three!];
  for (const [i, producer] of [first, ...others].entries()) {
    expect(await granted(producer, i + 1)).toBe(0);
    producer.send(...messages(i + 1, 1, 5));
  }

  // A second producer of a stream, at another worker, has to wait until the first is gone and all
  // that it sent is durable.
  two!.send(say.notify(1));
  expect(await two!.hears("notify_ack")).toBe(`notify_ack no 1 ${NEVER}`);
  await durable(first, 1, 5);
  // How much of this arrives nobody knows.
  first.send(...messages(1, 6, 8));
  first.leave();
  const point = await granted(two!, 1);
  expect(point).toBeGreaterThanOrEqual(5);
  two!.send(...messages(1, point - 1, 10));

  // A worker that leaves sends its producers to one that stays; the others send theirs back.
  const producers = [await enter(ports[0]!), two!, three!];
  const leaving = cluster.kill("b-3", "SIGTERM");
  const sentTo = await Promise.all(
    producers.map(async (each) => portIn(await each.hears("restart"))),
  );
  expect(sentTo.every((port) => ports.includes(port))).toBeTrue();
  expect(sentTo.filter((port, i) => port !== ports[i])).toHaveLength(1);
  await leaving;
  await cluster.runsOn(2);
  const again = await Promise.all(sentTo.map(enter));
  for (const [i, stream] of [1, 2, 3].entries()) {
    // Each comes to another worker than before, or to the same.
    const from = await granted(again[i]!, stream);
    expect(from).toBeLessThanOrEqual(10);
    again[i]!.send(...messages(stream, from + 1, 15));
  }

  await durable(again[1]!, 2, 15);

  // One that dies says nothing: its producers go to the other one.
  await cluster.kill("b-1", "SIGKILL");
  const told = await Promise.all(again.map((each) => each.hears("restart").catch(() => "")));
  const stays = portIn(told.find((text) => text !== "") ?? `:${sentTo[0]}`);
  await cluster.runsOn(1);
  const last = await enter(stays);
  for (const stream of [1, 2, 3]) {
    const from = await granted(last, stream);
    last.send(...messages(stream, from + 1, 20), say.eos(stream));
    await durable(last, stream, 20);
  }
  last.leave();
  expect(await cluster.stop()).toMatchObject({ state: "stopped" });
  const wanted = [1, 2, 3].flatMap((stream) =>
    Array.from({ length: 20 }, (_, i) => `${stream}:${i + 1}`),
  );
  expect(cluster.lines().toSorted()).toEqual(wanted.toSorted());
});
