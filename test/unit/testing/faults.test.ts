import { expect, test } from "bun:test";
import { Prng } from "../../../src/base/prng.ts";
import { drawFaults, FAULT_NAMES, Faults } from "../../../src/testing/faults.ts";
import { SimCluster } from "../../../src/testing/sim-cluster.ts";
import { World } from "../../../src/testing/world.ts";

const nothing = () => Promise.reject(new Error("no app"));

test("seeds draw all faults, and some draw none", () => {
  const plans = Array.from({ length: 300 }, (_, seed) => drawFaults(new Prng(seed)));
  const names = new Set(plans.flatMap((plan) => plan.names));
  expect([...names].sort()).toEqual(FAULT_NAMES.toSorted());
  expect(plans.some((plan) => plan.names.length === 0)).toBe(true);
});

test.each(FAULT_NAMES)("%s comes, and all is well when faults stop", (name) => {
  const world = new World(1);
  const cluster = new SimCluster(world, { workers: 3, job: "none", build: nothing });
  for (const host of [cluster.boss, ...cluster.hosts]) cluster.start(host);
  world.run(1_000);
  const plan = { names: [name], everyMs: 100, lastsMsMax: 1_000, reach: "all" } as const;
  const faults = new Faults(cluster, new Prng(3), plan);
  faults.start();
  world.run(5_000);
  faults.stop();
  const count = faults.counts[name];
  expect(count).toBeGreaterThan(10);
  world.run(30_000);
  expect(faults.counts[name]).toBe(count);
  for (const path of world.paths) {
    const { isCut, latencyMs, rate, flipOneIn } = path;
    expect([isCut, latencyMs, rate, flipOneIn]).toEqual([false, 0.2, Infinity, 0]);
  }
  expect([...world.hosts.values()].every((host) => host.isAlive && !host.isPaused)).toBe(true);
  const { coordinator } = cluster.coordinator!;
  expect(coordinator.view.workers().map((worker) => worker.name)).toEqual(["w1", "w2", "w3"]);
});

test("troubles among workers leave the coordinator's connections alone", () => {
  const world = new World(1);
  const cluster = new SimCluster(world, { workers: 3, job: "none", build: nothing });
  for (const host of [cluster.boss, ...cluster.hosts]) cluster.start(host);
  world.run(1_000);
  const names = ["cut", "isolate", "partition", "reset", "sever"] as const;
  const plan = { names, everyMs: 20, lastsMsMax: 5_000, reach: "workers" } as const;
  new Faults(cluster, new Prng(3), plan).start();
  world.run(20_000);
  const joined = cluster.hosts.flatMap(({ log }) => log.lines.filter((l) => l.text === "joined"));
  expect(joined).toHaveLength(3);
});
