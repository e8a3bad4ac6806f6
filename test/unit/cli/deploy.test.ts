import { expect, test } from "bun:test";
import { checkSettled, deploy, placeText, settled, stop } from "../../../src/cli/deploy.ts";
import { restore } from "../../../src/cli/checkpoints.ts";
import { commandHelp } from "../../../src/cli/help.ts";
import type { JobSummary } from "../../../src/model/cluster-status.ts";

function summary(more: Partial<JobSummary>): JobSummary {
  return {
    job: "counts",
    lineage: "counts-1",
    app: "counts",
    state: "starting",
    phase: "fencing",
    generation: "1.1",
    workers: [],
    restarts: 0,
    lastEnd: undefined,
    error: undefined,
    epoch: 0,
    createdAt: 0,
    checkpoint: undefined,
    damaged: [],
    damagedSavepoints: [],
    durability: "checkpoints in file:///data: lost with the disk",
    ...more,
  };
}

/** A coordinator that answers this whenever it is asked. */
const always = (job: JobSummary, workers = 1) => ({
  get: async <T>(path: string): Promise<T> =>
    (path === "/v1/cluster" ? { workers } : job) as unknown as T,
});

test("a job that does not run in time is a failure that says what it waits for", async () => {
  const job = summary({ lastEnd: "worker w2 was lost" });
  const { late } = await settled(always(job), job, 0, "run");
  expect(() => checkSettled(job, late)).toThrow(
    "job counts did not run within 0 ms: it is still starting (fencing; its store has not " +
      "answered (checkpoints in file:///data); the last attempt ended: worker w2 was lost); it " +
      "goes on: `wallaroo status counts` tells more, and --wait-for waits longer",
  );
});

test("a job that does not end in time is a failure, and one that has ended is none", async () => {
  const job = summary({ state: "stopping", phase: "finishing", late: "it waits for w1" });
  const { late } = await settled(always(job), job, 0, "end");
  expect(late).toContain("did not end within 0 ms: it is still stopping (finishing; it waits for");
  const ended = summary({ state: "finished", phase: "finished" });
  const done = await settled(always(ended), job, 60_000, "end");
  expect(done).toEqual({ job: ended, late: undefined });
  expect(() => checkSettled(done.job, done.late)).not.toThrow();
});

test("a job of a cluster without workers is not waited for", async () => {
  const job = summary({ phase: "waiting for workers" });
  expect(await settled(always(job, 0), job, 60_000, "run")).toEqual({ job, late: undefined });
});

test("a job that failed is told with its error, and once", () => {
  const job = summary({ state: "failed", phase: "ended", error: "it broke" });
  expect(() => checkSettled(job, undefined)).toThrow("job counts: it broke");
  expect(placeText(job)).toBe("job counts failed");
});

test("the help of --no-wait says what it does", () => {
  for (const command of [deploy, restore, stop]) {
    expect(commandHelp(command, 100)).toMatch(/--no-wait +do not wait until it /);
  }
});
