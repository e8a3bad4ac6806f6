import { expect, test } from "bun:test";
import { earlierKept } from "../../../src/coordinator/earlier-kept.ts";
import { JobLog } from "../../../src/coordinator/job-log.ts";
import { Savepoints } from "../../../src/coordinator/savepoints.ts";
import type { Manifest } from "../../../src/model/checkpoint.ts";
import { FileStore } from "../../../src/storage/file-store.ts";
import { SimClock } from "../../../src/testing/sim-clock.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { type ControlCluster, crypto } from "../../support/control-cluster.ts";
import { NotedLog } from "../../support/noted-log.ts";
import { done, running } from "../../support/running-cluster.ts";

const generation = { leaderEpoch: 1, attempt: 1 };
const manifest = (epoch: number): Manifest => ({
  epoch,
  generation,
  app: "a",
  graphHash: "ab",
  keyGroups: 256,
  at: 0,
  tookMs: 0,
  isFinal: false,
  states: [],
  tasks: [],
  positions: [],
  committables: [],
});

test("checkpoints and savepoints of earlier jobs, and which of them were left", async () => {
  const disk = new SimDisk();
  const store = new FileStore({ folder: "/store", disk, crypto });
  const log = new NotedLog();
  const ports = { clock: new SimClock(), random: { next: () => 0.5, u32: () => 1 }, log };
  const kept = await JobLog.open(await store.log("jobs/a-1"), ports);
  await kept.fence(generation, 0, () => true);
  for (const epoch of [3, 4, 5]) await kept.checkpoint(manifest(epoch));
  await new Savepoints(store.blobs, crypto, "jobs/a-1").keep(manifest(2));
  disk.put("/store/blobs/jobs/a-1/savepoints/sp-1", "no savepoint");
  disk.put("/store/logs/jobs/a-2/000000000000.rec", "no record");
  const earlier = [
    { lineage: "a-2", epoch: 9 },
    { lineage: "a-1", epoch: 4 },
  ];
  const found = await earlierKept({ job: "a", earlier }, { store, crypto, ...ports });
  const left = found.map(({ name, isLeft }) => [name, isLeft]);
  expect(left).toEqual([
    ["3", false],
    ["4", false],
    ["5", true],
    ["sp-2", false],
  ]);
  expect(log.texts).toEqual(Array(2).fill("warn: what a job has kept before cannot be read"));
  expect(await earlierKept({ job: "a" }, { store, crypto, ...ports })).toEqual([]);
});

/** Stopped, with a savepoint that is older than its checkpoints. */
async function stoppedBehind(cluster: ControlCluster): Promise<string> {
  const { archive } = cluster.coordinator;
  const { savepoint } = await done(cluster, archive.savepoint("copy"));
  await cluster.pass(6_000);
  await stop(cluster);
  return savepoint!;
}

async function stop(cluster: ControlCluster): Promise<void> {
  await cluster.coordinator.stop("copy", "now");
  await cluster.until(() => cluster.phase() === "stopped", "the job has stopped");
}

async function restored(cluster: ControlCluster, from?: string): Promise<number> {
  const request = { from, acceptDuplicates: from !== undefined };
  await done(cluster, cluster.coordinator.archive.restore("copy", request));
  await cluster.until(() => cluster.live.length === 2, "it has begun");
  return cluster.live[0]!.settings.restore!.epoch;
}

test("a restore that fails leaves the job where it stood", async () => {
  const cluster = await running();
  const { archive } = cluster.coordinator;
  const oldest = await stoppedBehind(cluster);
  const newest = await archive.savepoint("copy");
  const before = await archive.checkpoints("copy");
  for (const from of [oldest, newest.savepoint, oldest]) {
    expect(await restored(cluster, from)).toBe(Number(from!.slice(3)));
    const hasFailed = (): boolean => {
      for (const part of cluster.live) part.fail("file_missing", "user");
      return cluster.phase() === "failed";
    };
    await cluster.until(hasFailed, "the restore has failed");
    expect(await archive.checkpoints("copy")).toEqual(before);
    expect((await archive.savepoint("copy")).savepoint).toBe(newest.savepoint);
  }
  expect(await restored(cluster)).toBe(newest.epoch);
});

test("a job that went back keeps what is newer within reach, under other numbers", async () => {
  const cluster = await running();
  const { archive } = cluster.coordinator;
  const oldest = await stoppedBehind(cluster);
  const newest = await archive.savepoint("copy");
  const before = await archive.checkpoints("copy");
  await restored(cluster, oldest);
  await cluster.pass(3_000);
  const own = await done(cluster, archive.savepoint("copy"));
  await stop(cluster);
  expect(own.epoch).toBeGreaterThan(newest.epoch);
  const after = await archive.checkpoints("copy");
  expect(after.slice(0, before.length)).toEqual(
    before.map((one, i) => Object.assign({}, one, { isLeft: i > 0 })),
  );
  expect(after.slice(before.length).every(({ isLeft }) => !isLeft)).toBe(true);
  const repeats = { from: newest.savepoint, acceptDuplicates: false };
  const refused = await archive.restore("copy", repeats).catch(String);
  expect(refused).toContain(`checkpoint ${newest.epoch} of copy is older than`);
  expect(await restored(cluster, newest.savepoint)).toBe(newest.epoch);
  await stop(cluster);
  const left = (await archive.checkpoints("copy")).filter(({ isLeft }) => isLeft);
  expect(left.map(({ epoch }) => epoch)).toEqual(
    after.slice(before.length).map(({ epoch }) => epoch),
  );
  expect(await restored(cluster, own.savepoint)).toBe(own.epoch);
});

test("a job that is deployed anew keeps what it was restored from within reach", async () => {
  const cluster = await running();
  const { archive } = cluster.coordinator;
  const oldest = await stoppedBehind(cluster);
  const newest = await archive.savepoint("copy");
  await restored(cluster, oldest);
  await cluster.pass(3_000);
  await stop(cluster);
  await done(cluster, archive.succeed(await cluster.newJob("copy", 2)));
  await cluster.until(() => cluster.live.length === 2, "it has begun");
  await stop(cluster);
  expect(await restored(cluster, newest.savepoint)).toBe(newest.epoch);
});
