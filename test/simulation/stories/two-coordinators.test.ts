/**
 * Two coordinators with one store and one folder: one leads. The second is told who, takes over
 * when the first is silent for longer than its lease, and the first steps down when it wakes.
 */
import { expect, test } from "bun:test";
import { app, memory, state } from "wallaroo";
import { Prng } from "../../../src/base/prng.ts";
import { WallarooError } from "../../../src/base/errors.ts";
import { LEASE_MS } from "../../../src/model/limits.ts";
import { SimCluster } from "../../../src/testing/sim-cluster.ts";
import { World } from "../../../src/testing/world.ts";
import { withoutReality } from "../no-reality.ts";
import { withPacedSources } from "../paced-source.ts";

const RECORDS = 200;
const KEYS = 5;
const SEEDS = 4;

/** Returns how often each of the two was told that it does not lead. */
function story(seed: number): { refused: number; steppedDown: number } {
  const world = new World(seed);
  const prng = new Prng(seed);
  const out = memory.sink<string>();
  const numbers = Array.from({ length: RECORDS }, (_, i) => i);
  const counting = app("job", (flow) => {
    const tally = state(() => ({ count: 0 }));
    flow
      .source("in", memory.source(numbers, { batch: 2 }), { on: 1 })
      .keyBy("key", (n) => n % KEYS)
      .mapWithState("count", tally, (n, s) => `${n % KEYS} ${++s.count}`)
      .sink("out", out.sink);
  });
  const cluster = new SimCluster(world, {
    workers: 2,
    job: "job",
    hasSecond: true,
    build: () => counting.build({}),
    dress: (part, { life }) => withPacedSources(part, life.clock, { prng, pauseMsMax: 400 }),
  });
  const { boss, hosts, ends } = cluster;
  const second = cluster.second!;
  for (const host of [boss, ...hosts]) cluster.start(host);
  world.run(100);
  world.settle(cluster.deploy(2));
  world.run(2_000 + prng.below(3_000));
  expect(ends).toEqual([]);

  // By mistake, while the first is alive: whoever watches over it starts it again and again.
  cluster.start(second);
  world.run(6_000);
  const refused = ends.length;
  expect(ends.every(isNotLeader)).toBeTrue();
  expect(String(ends[0])).toContain("the coordinator at coordinator:7000 (coordinator) leads");

  // The first is silent for longer than its lease, and wakes while the second leads.
  boss.pause();
  world.run(2 * LEASE_MS + prng.below(5_000));
  boss.resume();
  const isOver = (): boolean => cluster.summary?.state === "finished";
  for (let looks = 0; looks < 120 && !isOver(); looks++) world.run(1_000);
  expect(cluster.summary?.state).toBe("finished");
  world.run(10_000);
  expect(ends.every(isNotLeader)).toBeTrue();
  const lastEnds = ends.slice(refused).map(String);
  const steppedDown = lastEnds.filter((end) => /second:7000|has taken|taken over/.test(end)).length;
  for (let key = 0; key < KEYS; key++) {
    expect(out.committed.filter((line) => line.startsWith(`${key} `))).toEqual(
      Array.from({ length: RECORDS / KEYS }, (_, i) => `${key} ${i + 1}`),
    );
  }
  return { refused, steppedDown };
}

function isNotLeader(error: unknown): boolean {
  return error instanceof WallarooError && error.code === "not_leader";
}

test("one leads, and who slept through its lease steps down; each record counts once", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      const { refused, steppedDown } = withoutReality(() => story(seed));
      expect(refused).toBeGreaterThan(0);
      expect(steppedDown).toBeGreaterThan(0);
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
    }
  }
}, 60_000);
