/** Messages that take longer than silence may last: bytes of them are heard all the time. */
import { expect, test } from "bun:test";
import { app, memory } from "wallaroo";
import { SimCluster } from "../../../src/testing/sim-cluster.ts";
import { World } from "../../../src/testing/world.ts";

test("a deployment that comes slowly is no silence of the coordinator", () => {
  const out = memory.sink<number>();
  const long = app("long", (flow) => {
    let stream = flow.source("numbers", memory.source([1, 2, 3]));
    for (let i = 0; i < 40; i++) stream = stream.map(`a step with a long name ${i}`, (x) => x);
    stream.sink("out", out.sink);
  });
  const world = new World(1);
  const cluster = new SimCluster(world, { workers: 2, job: "long", build: () => long.build({}) });
  for (const host of [cluster.boss, ...cluster.hosts]) cluster.start(host);
  world.run(1_000);
  for (const host of cluster.hosts) world.path(cluster.boss, host).rate = 1;
  world.settle(cluster.deploy(2));
  world.run(120_000, () => cluster.summary?.state === "finished");
  const { state, restarts } = cluster.summary!;
  expect([state, restarts, out.committed]).toEqual(["finished", 0, [1, 2, 3]]);
});

test("a length that is damaged, behind which all is swallowed, is given up", () => {
  const world = new World(1);
  const nothing = () => Promise.reject(new Error("no app"));
  const cluster = new SimCluster(world, { workers: 1, job: "none", build: nothing });
  for (const host of [cluster.boss, ...cluster.hosts]) cluster.start(host);
  world.run(1_000);
  const [tcp] = world.connections;
  // A header of 64 KiB, in the middle of heartbeats: they would fill it within half an hour.
  tcp!.far.write(Uint8Array.of(0, 1, 0, 0, 1, 2, 3, 4), 0, 8);
  world.run(60_000);
  const lines = cluster.hosts[0]!.log.lines.map(({ text }) => text);
  expect(lines.filter((text) => text === "joined")).toHaveLength(2);
});
