/**
 * A worker says that all of its input is processed, by a way that is slow, while another one fails:
 * when the answer comes the next generation has begun, in which that input is read again. It must
 * change nothing there: neither end the job before its input, nor cost an attempt.
 */
import { app, memory } from "wallaroo";
import { SimCluster } from "../../src/testing/sim-cluster.ts";
import { World } from "../../src/testing/world.ts";
import type { JobPart } from "../../src/worker/part.ts";
import { EACH_TIME, withPacedSources } from "./paced-source.ts";

const RECORDS = [1, 2, 3];
/** Before each record of the slow source. Between two, nothing waits in its sink. */
const PAUSE_MS = 8_000;
/** A message of the slow worker is on its way for so long, which is no silence yet. */
const LATE_MS = 2_000;

export function runLateAnswers(): { readonly problem: string | undefined } {
  const out = memory.sink<number>();
  const none = memory.sink<number>();
  const made = app("late", (flow) => {
    flow.source("nothing", memory.source<number>([]), { on: ["w1"] }).sink("none", none.sink);
    const slow = memory.source(RECORDS, { batch: 1 });
    flow.source("slow", slow, { on: ["w2"] }).sink("out", out.sink);
  });
  const world = new World(1);
  const cluster = new SimCluster(world, {
    workers: 2,
    job: "late",
    build: () => made.build({}),
    dress: (part, { life }) =>
      withPacedSources(part, life.clock, { prng: EACH_TIME, pauseMsMax: PAUSE_MS, only: "slow" }),
  });
  for (const host of [cluster.boss, ...cluster.hosts]) cluster.start(host);
  const partOf = (worker: string): JobPart | undefined => cluster.workers.get(worker)?.part;
  world.run(1_000);
  world.settle(cluster.deploy(2));
  world.run(10_000, () => cluster.summary?.phase === "running");
  world.path(cluster.hosts[1]!, cluster.boss).latencyMs = LATE_MS;
  world.run(60_000, () => partOf("w2")?.state === "finished");
  world.run(LATE_MS / 4);
  const { phase } = cluster.summary!;
  if (phase !== "running") throw new Error(`the answer of w2 is there already: ${phase}`);
  partOf("w1")!.fail(new Error("its disk broke"));
  world.run(120_000, () => cluster.summary?.state === "finished");
  return { problem: problemOf(cluster, out.committed) };
}

function problemOf({ summary }: SimCluster, committed: readonly number[]): string | undefined {
  const { state, restarts, lastEnd } = summary!;
  if (state !== "finished") return `the job has not finished: ${state}, ${lastEnd}`;
  const missing = RECORDS.filter((record) => !committed.includes(record));
  if (missing.length > 0) return `the job has finished without record ${missing.join(", ")}`;
  if (committed.length > RECORDS.length) return `records came twice: ${committed.join(", ")}`;
  return restarts === 1 ? undefined : `an attempt was lost: ${lastEnd}`;
}
