/**
 * A worker that has not heard yet that its generation is over makes its link to another one anew,
 * where the next generation waits for links already. It must be refused there: what it would send
 * again is of the generation before.
 */
import { app, memory, state } from "wallaroo";
import { SimCluster } from "../../src/testing/sim-cluster.ts";
import { World } from "../../src/testing/world.ts";
import type { JobPart } from "../../src/worker/part.ts";
import { EACH_TIME, withPacedSources } from "./paced-source.ts";

const RECORDS = Array.from({ length: 60 }, (_, i) => i);
const PAUSE_MS = 100;
/** What the coordinator says comes so late to the worker that reads, which is no silence yet. */
const LATE_MS = 2_000;

export function runLateLinks(): { readonly problem: string | undefined } {
  const out = memory.sink<number>();
  const made = app("late", (flow) => {
    flow
      .source("in", memory.source(RECORDS, { batch: 1 }), { on: ["w1"] })
      .keyBy("key", (n) => n)
      .mapWithState(
        "one",
        state(() => ({ n: 0 })),
        (n, own) => n * 10 + ++own.n,
      )
      .sink("out", out.sink);
  });
  const world = new World(1);
  const cluster = new SimCluster(world, {
    workers: 2,
    job: "late",
    build: () => made.build({}),
    dress: (part, { life }) =>
      withPacedSources(part, life.clock, { prng: EACH_TIME, pauseMsMax: PAUSE_MS }),
  });
  for (const host of [cluster.boss, ...cluster.hosts]) cluster.start(host);
  const partOf = (worker: string): JobPart | undefined => cluster.workers.get(worker)?.part;
  world.run(1_000);
  world.settle(cluster.deploy(2));
  world.run(10_000, () => cluster.summary?.phase === "running");
  world.path(cluster.boss, cluster.hosts[0]!).latencyMs = LATE_MS;
  // Nothing is acknowledged yet: all of it would be sent again.
  world.run(PAUSE_MS);
  for (const tcp of world.connections) {
    const ends = [tcp.near.host.name, tcp.far.host.name].toSorted();
    if (ends.join() === "w1,w2") tcp.reset();
  }
  partOf("w2")!.fail(new Error("its disk broke"));
  world.run(120_000, () => cluster.summary?.state === "finished");
  return { problem: problemOf(cluster, out.committed) };
}

function problemOf(
  { summary, workers }: SimCluster,
  committed: readonly number[],
): string | undefined {
  const { state, restarts, lastEnd } = summary!;
  if (state !== "finished") return `the job has not finished: ${state}, ${lastEnd}`;
  const got = [...committed].sort((a, b) => a - b);
  const wrong = got.find((record, i) => record !== RECORDS[i]! * 10 + 1);
  if (wrong !== undefined || got.length !== RECORDS.length) return `record ${wrong} is wrong`;
  if (restarts !== 1) return `an attempt was lost: ${lastEnd}`;
  const old = workers.get("w2")!.server.stats.refused.old_generation;
  return old === 0 ? "no link of the old generation came" : undefined;
}
