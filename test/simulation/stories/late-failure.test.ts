/** A worker that has processed all of its input may still fail: its peers are not done yet. */
import { expect, test } from "bun:test";
import { app, memory } from "wallaroo";
import { SimCluster } from "../../../src/testing/sim-cluster.ts";
import { World } from "../../../src/testing/world.ts";

/** One record that is processed at once, and one whose sink never takes it, elsewhere. */
const waits = app("waits", (flow) => {
  const one = flow.source("one", memory.source([1]), { on: ["w1"] });
  const other = flow.source("other", memory.source([2]), { on: ["w2"] });
  one.sink("out", memory.sink<number>().sink);
  const never = (): Promise<void> => new Promise(() => undefined);
  other.sink("stuck", memory.sink<number>({ delay: never }).sink);
});

test("a part that fails behind its end is told, and the job begins anew", async () => {
  const world = new World(1);
  const cluster = new SimCluster(world, {
    workers: 2,
    job: "waits",
    build: () => waits.build({}),
  });
  for (const host of [cluster.boss, ...cluster.hosts]) cluster.start(host);
  world.run(100);
  world.settle(cluster.deploy(2));
  world.run(5_000);
  expect(cluster.summary?.phase).toBe("finishing");
  const { part } = cluster.workers.get("w1")!;
  expect(part!.state).toBe("finished");
  part!.fail(new Error("its disk broke"));
  world.run(10_000);
  const { restarts, lastEnd, phase } = cluster.summary!;
  expect([restarts, phase, lastEnd]).toEqual([1, "finishing", "on worker w1: its disk broke"]);
});
