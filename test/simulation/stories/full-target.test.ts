/** Targets that wait for a commit, which waits for a barrier, which is behind records for them. */
import { expect, test } from "bun:test";
import { app, memory } from "wallaroo";
import { SimCluster } from "../../../src/testing/sim-cluster.ts";
import { World } from "../../../src/testing/world.ts";

const RECORDS = 20_000;
const TARGETS = 5;

test("a sink of few targets takes what is before a barrier, and the job finishes", () => {
  const got = Array.from({ length: TARGETS }, () => memory.sink<number>());
  const many = app("many", (flow) => {
    const numbers = Array.from({ length: RECORDS }, (_, i) => i);
    flow
      .source("numbers", memory.source(numbers), { on: ["w1"] })
      .rebalance("spread")
      .sinkEach(
        "targets",
        (i) => `${i % TARGETS}`,
        (target) => got[Number(target)]!.sink,
        { max: 1, idle: 1 },
      );
  });
  const world = new World(1);
  const cluster = new SimCluster(world, {
    workers: 2,
    job: "many",
    // Little is on its way: most of it waits behind the sink.
    windowBytes: 1_000,
    build: () => many.build({}),
  });
  for (const host of [cluster.boss, ...cluster.hosts]) cluster.start(host);
  world.run(100);
  world.settle(cluster.deploy(2));
  const isOver = world.run(120_000, () => cluster.summary?.state === "finished");
  expect(isOver ? "" : JSON.stringify(cluster.summary)).toBe("");
  const committed = got.map((sink) => [...sink.committed].sort((a, b) => a - b));
  const wanted = Array.from({ length: RECORDS / TARGETS }, (_, i) => i * TARGETS);
  expect(committed).toEqual(got.map((_, target) => wanted.map((i) => i + target)));
});
