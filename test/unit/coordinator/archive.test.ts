import { expect, test } from "bun:test";
import { ControlCluster } from "../../support/control-cluster.ts";

async function running(): Promise<ControlCluster> {
  const cluster = await ControlCluster.start();
  for (const name of ["w-1", "w-2"]) cluster.worker(name);
  await cluster.pass(500);
  await cluster.deploy();
  await cluster.running(2);
  await cluster.pass(2_500);
  return cluster;
}

/** Lets time pass until it is settled. */
async function done<R>(cluster: ControlCluster, work: Promise<R>): Promise<R> {
  let isDone = false;
  const settled = work.finally(() => (isDone = true));
  settled.catch(() => undefined);
  for (let turn = 0; turn < 500 && !isDone; turn++) await cluster.pass(20);
  if (!isDone) throw new Error("it is never settled");
  return await settled;
}

test("checkpoints are listed, and one is kept as a savepoint", async () => {
  const cluster = await running();
  const { archive } = cluster.coordinator;
  const [first, second] = await archive.checkpoints("copy");
  expect([first!.epoch, second!.epoch]).toEqual([1, 2]);
  const kept = await done(cluster, archive.savepoint("copy"));
  expect(kept.savepoint).toBe(`sp-${kept.epoch}`);
  await cluster.pass(6_000);
  const all = await archive.checkpoints("copy");
  // The savepoint, and the newest three.
  expect(all).toHaveLength(4);
  expect(all[0]!.savepoint).toBe(kept.savepoint);
});

test("an ended job begins again from its newest checkpoint, a running one does not", async () => {
  const cluster = await running();
  const { archive } = cluster.coordinator;
  const request = { from: undefined, acceptDuplicates: false };
  const early = await archive.restore("copy", request).catch((error: unknown) => error);
  expect(early).toMatchObject({ code: "job_exists" });
  await cluster.coordinator.stop("copy", "now");
  await cluster.until(() => cluster.phase() === "stopped", "the job has stopped");
  const newest = (await archive.checkpoints("copy")).at(-1)!.epoch;
  await done(cluster, archive.restore("copy", request));
  await cluster.running(2);
  for (const { settings } of cluster.live) {
    expect(settings.restore).toMatchObject({ epoch: newest });
    expect(settings.restore?.positions).toHaveLength(2);
  }
  // It has a log of its own.
  expect((await archive.checkpoints("copy"))[0]!.epoch).toBe(newest);
});

test("an older checkpoint is begun from only when repeats are accepted", async () => {
  const cluster = await running();
  const { archive } = cluster.coordinator;
  await cluster.coordinator.stop("copy", "now");
  await cluster.until(() => cluster.phase() === "stopped", "the job has stopped");
  const [oldest] = await archive.checkpoints("copy");
  const from = String(oldest!.epoch);
  const refused = await archive
    .restore("copy", { from, acceptDuplicates: false })
    .catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "would_repeat" });
  await done(cluster, archive.restore("copy", { from, acceptDuplicates: true }));
  await cluster.running(2);
  expect(cluster.live[0]!.settings.restore?.epoch).toBe(oldest!.epoch);
});

test("a checkpoint that is not there is refused with those that are", async () => {
  const cluster = await running();
  const { archive } = cluster.coordinator;
  await cluster.coordinator.stop("copy", "now");
  await cluster.until(() => cluster.phase() === "stopped", "the job has stopped");
  const failed = await archive
    .restore("copy", { from: "99", acceptDuplicates: true })
    .catch((error: unknown) => error);
  expect(String(failed)).toMatch(/job copy has no checkpoint 99; there are: \d/);
});
