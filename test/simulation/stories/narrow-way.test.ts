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
