import { expect, test } from "bun:test";
import { type SweptJob, Sweeper } from "../../../src/coordinator/sweeper.ts";
import type { Manifest } from "../../../src/model/checkpoint.ts";
import { SWEEP_FILES_MAX, SWEEP_GRACE_MS, SWEEP_INTERVAL_MS } from "../../../src/model/limits.ts";
import { FileBlobs } from "../../../src/storage/file-blobs.ts";
import { SimClock } from "../../../src/testing/sim-clock.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { crypto } from "../../support/control-cluster.ts";
import { NotedLog } from "../../support/noted-log.ts";

class Lab {
  readonly clock = new SimClock();
  readonly disk = new SimDisk({ now: () => this.clock.now() });
  readonly blobs = new FileBlobs("/blobs", this.disk, crypto);
  readonly log = new NotedLog();
  readonly sweeper = new Sweeper({ blobs: this.blobs, clock: this.clock, log: this.log });
  readonly job: SweptJob = {
    job: "a",
    prefix: "jobs/a-1/",
    needed: async () => ({ checkpoints: [this.newest], savepoints: [], unknownTo: -1 }),
  };
  newest = { epoch: 5_000, tasks: [] } as unknown as Manifest; // No more of it is looked at.

  async put(...epochs: readonly number[]): Promise<void> {
    for (const epoch of epochs)
      await this.blobs.put(`jobs/a-1/${epoch}-0-0-1.1.seg`, new Uint8Array(3));
  }

  async left(): Promise<number> {
    return (await this.blobs.list("")).length;
  }
}

test("old files go, and it is said; what was not finished goes with them", async () => {
  const lab = new Lab();
  await lab.put(1, 2);
  await lab.blobs.create("jobs/a-1/3-0-0-1.1.seg");
  lab.clock.advance(SWEEP_GRACE_MS + 1);
  await lab.put(5_000);
  await lab.sweeper.round(lab.job);
  expect(lab.disk.paths()).toEqual(["/blobs/jobs/a-1/5000-0-0-1.1.seg"]);
  expect(lab.log.lines).toEqual([
    expect.objectContaining({
      level: "info",
      text: "files that crashes left in the store were removed",
      fields: { job: "a", files: 2, bytes: 6, unfinished: 1, left: 0 },
    }),
  ]);
});

test("a round removes a bounded number, and comes once in a while", async () => {
  const lab = new Lab();
  await lab.put(...Array.from({ length: SWEEP_FILES_MAX + 5 }, (_, i) => i));
  lab.clock.advance(SWEEP_GRACE_MS + 1);
  await lab.put(5_000);
  await lab.sweeper.round(lab.job);
  expect(await lab.left()).toBe(6);
  await lab.sweeper.round(lab.job);
  expect(await lab.left()).toBe(6);
  lab.clock.advance(SWEEP_INTERVAL_MS);
  await lab.sweeper.round(lab.job);
  expect(await lab.left()).toBe(1);
});

test("a file that is written again meanwhile stays", async () => {
  const lab = new Lab();
  await lab.put(1);
  lab.clock.advance(SWEEP_GRACE_MS + 1);
  await lab.put(5_000);
  const needed = async () => {
    await lab.put(1);
    return await lab.job.needed();
  };
  await lab.sweeper.round({ ...lab.job, needed });
  expect(await lab.left()).toBe(2);
});

test("a failure is said, and the next round goes on", async () => {
  const lab = new Lab();
  await lab.put(1);
  lab.clock.advance(SWEEP_GRACE_MS + 1);
  await lab.put(5_000);
  lab.disk.deny("/blobs/jobs/a-1");
  await lab.sweeper.round(lab.job);
  expect(lab.log.lines[0]).toMatchObject({ level: "warn", fields: { job: "a" } });
  lab.disk.allow("/blobs/jobs/a-1");
  lab.clock.advance(SWEEP_INTERVAL_MS);
  await lab.sweeper.round(lab.job);
  expect(await lab.left()).toBe(1);
});
