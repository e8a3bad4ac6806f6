/** A job that goes on with one worker has one task, which begins from what several had kept. */
import { expect, test } from "bun:test";
import { app, memory, state } from "wallaroo";
import { SimCluster } from "../../../src/testing/sim-cluster.ts";
import { World } from "../../../src/testing/world.ts";
import { EACH_TIME, withPacedSources } from "../paced-source.ts";

const RULES = [1, 2, 3];
const RECORDS = Array.from({ length: 40 }, (_, i) => i);

test("a broadcast state is restored, whichever task kept something first", () => {
  const out = memory.sink<readonly [record: number, rules: number]>();
  const world = new World(1);
  const cluster = new SimCluster(world, {
    workers: 2,
    job: "ruled",
    build: (host) =>
      app("ruled", (flow) => {
        /** Slow enough that the first task always has a call to keep. */
        const ask = async (n: number): Promise<number> => {
          const { clock } = world.findHost(host)!.life;
          await new Promise<void>((resolve) => void clock.after(900, resolve));
          return n;
        };
        const rules = flow.source("rules", memory.source(RULES));
        flow
          .source("in", memory.source(RECORDS, { batch: 1 }), { on: ["w1"] })
          .asyncMap("ask", ask)
          .withBroadcast(
            "rule",
            rules,
            state(() => ({ seen: 0 })),
            {
              record: (n, own) => [n, own.seen] as const,
              update: (_, own) => void own.seen++,
            },
          )
          .sink("out", out.sink);
      }).build({}),
    dress: (part, { life }) =>
      withPacedSources(part, life.clock, { prng: EACH_TIME, pauseMsMax: 300, only: "in" }),
  });
  for (const host of [cluster.boss, ...cluster.hosts]) cluster.start(host);
  world.run(1_000);
  world.settle(cluster.deploy());
  world.run(5_000);
  cluster.kill(cluster.hosts[1]!, { hasPower: true });
  world.run(100_000, () => cluster.summary?.state === "finished");
  expect(cluster.summary?.workers ?? []).toEqual([]);
  expect(cluster.summary?.restarts).toBe(1);
  expect(out.committed).toEqual(RECORDS.map((n) => [n, RULES.length]));
});
