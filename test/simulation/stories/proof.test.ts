/** What a checkpoint proves: sums over generations, counts of steps over workers. */
import { expect, test } from "bun:test";
import { app, type Diverted, memory, state } from "wallaroo";
import { Prng } from "../../../src/base/prng.ts";
import { SimCluster } from "../../../src/testing/sim-cluster.ts";
import { World } from "../../../src/testing/world.ts";
import { withPacedSources } from "../paced-source.ts";

const RECORDS = 200;

test("whatever dies, records through channels add up to those that count", () => {
  const world = new World(1);
  const out = memory.sink<number>();
  const bad = memory.sink<Diverted<number>>();
  const tally = state(() => ({ count: 0 }));
  const counting = app("counting", (flow) => {
    const numbers = Array.from({ length: RECORDS }, (_each, i) => i);
    const whole = flow
      .source("in", memory.source(numbers, { batch: 3 }), { on: 1 })
      .keyBy("key", (n) => n % 7)
      .mapWithState(
        "count",
        tally,
        (n, s) => {
          if (n % 10 === 3) throw new Error("an unlucky number");
          s.count++;
          return n % 2 === 0 ? n : undefined;
        },
        { onError: "divert" },
      );
    whole.sink("out", out.sink);
    whole.diverted.sink("bad", bad.sink);
  });
  const prng = new Prng(1);
  const cluster = new SimCluster(world, {
    workers: 3,
    job: "counting",
    metrics: true,
    build: () => counting.build({}),
    dress: (part, { life }) => withPacedSources(part, life.clock, { prng, pauseMsMax: 200 }),
  });
  for (const host of [cluster.boss, ...cluster.hosts]) cluster.start(host);
  world.run(100);
  world.settle(cluster.deploy(3));
  const proof = () => cluster.summary?.checkpoint?.proof;
  world.run(60_000, () => (proof()?.epochs ?? 0) >= 2);
  const before = proof()!;
  expect(before.total).toBe(before.records);
  cluster.kill(cluster.hosts[1]!, { hasPower: true });
  world.settle(cluster.restart(cluster.hosts[1]!));
  world.run(60_000, () => cluster.summary?.state === "finished");
  const { state: end, restarts, checkpoint } = cluster.summary!;
  expect([end, restarts]).toEqual(["finished", 1]);
  const { records, total, epochs, channels, steps } = checkpoint!.proof!;
  // Each record went through one channel to its key; those that came again do not count twice.
  expect(total).toBe(RECORDS);
  expect(records).toBeLessThan(RECORDS);
  expect(records).toBeGreaterThan(0);
  expect(epochs).toBeGreaterThan(before.epochs!);
  expect(channels).toBe(3);
  // The last generation's own, from which what is under way in it can be told.
  const of = Object.fromEntries(steps!.map(({ name, ...counts }) => [name, counts]));
  expect(of["in"]).toEqual({ in: records, out: records, dropped: 0, diverted: 0 });
  expect(of["count"]).toMatchObject({ in: records, out: of["out"]!.in, dropped: 0 });
  expect(of["count"]!.diverted).toBe(of["bad"]!.in);
  expect(of["bad"]!.in).toBeGreaterThan(0);
  expect([out.committed.length, bad.committed.length]).toEqual([RECORDS / 2, RECORDS / 10]);
});
