import { expect, test } from "bun:test";
import type { ControlCluster } from "../../support/control-cluster.ts";
import { done, running } from "../../support/running-cluster.ts";

/** Ended, with checkpoints and a savepoint. */
async function ended(): Promise<[ControlCluster, string]> {
  const cluster = await running();
  const { savepoint } = await done(cluster, cluster.coordinator.archive.savepoint("copy"));
  await cluster.pass(3_000);
  await stop(cluster);
  return [cluster, savepoint!];
}

async function stop(cluster: ControlCluster): Promise<void> {
  await cluster.coordinator.stop("copy", "now");
  await cluster.until(() => cluster.phase() === "stopped", "the job has stopped");
}

async function listed({ coordinator }: ControlCluster): Promise<[number, boolean][]> {
  const all = await coordinator.archive.checkpoints("copy");
  return all.map(({ epoch, isLeft }) => [epoch, isLeft === true]);
}

test("a job that is deployed over an ended one keeps what that has within reach", async () => {
  const [cluster, savepoint] = await ended();
  const { archive } = cluster.coordinator;
  const before = await listed(cluster);
  const newest = before.at(-1)![0];
  await archive.beginAfresh(await cluster.newJob("copy"));
  await cluster.running(2);
  expect(cluster.live[0]!.settings.restore?.epoch ?? 0).toBe(0);
  await cluster.pass(2_500);
  await stop(cluster);
  const after = await listed(cluster);
  expect(after.slice(0, before.length)).toEqual(before.map(([epoch]) => [epoch, true]));
  const own = after.slice(before.length);
  expect(own.length).toBeGreaterThan(0);
  // Numbers are not used again.
  for (const [epoch, isLeft] of own) expect([epoch > newest, isLeft]).toEqual([true, false]);
  const refused = archive.restore("copy", { from: savepoint, acceptDuplicates: false });
  expect(await refused.catch(String)).toContain("what sinks have shown since would be shown again");
  await done(cluster, archive.restore("copy", { from: savepoint, acceptDuplicates: true }));
  await cluster.running(2);
  expect(cluster.live[0]!.settings.restore!.epoch).toBe(Number(savepoint.slice(3)));
});

test("so does one that is begun from a savepoint, of its own or of another job", async () => {
  const [cluster, savepoint] = await ended();
  const { archive, view } = cluster.coordinator;
  const before = await listed(cluster);
  const place = { lineage: view.job("copy").lineage, savepoint };
  await done(cluster, archive.beginFrom(await cluster.newJob("second"), place, []));
  await cluster.until(() => cluster.phase("second") === "running", "it runs");
  await cluster.coordinator.stop("second", "now");
  await cluster.until(() => cluster.phase("second") === "stopped", "it has stopped");
  expect((await archive.checkpoints("second")).every(({ isLeft }) => !isLeft)).toBe(true);
  await done(cluster, archive.beginFrom(await cluster.newJob("copy"), place, []));
  await cluster.running(2);
  const at = Number(savepoint.slice(3));
  // Of its own history only what is newer was left.
  const after = new Map(await listed(cluster));
  for (const [epoch] of before) expect(after.get(epoch)).toBe(epoch > at);
});

test("one that fails before its first checkpoint leaves the job where it stood", async () => {
  const [cluster] = await ended();
  const { archive } = cluster.coordinator;
  const before = await listed(cluster);
  await archive.beginAfresh(await cluster.newJob("copy"));
  const hasFailed = (): boolean => {
    for (const part of cluster.live) part.fail("bad_thing", "user");
    return cluster.phase() === "failed";
  };
  await cluster.until(hasFailed, "it has failed");
  expect(await listed(cluster)).toEqual(before);
});

test("where the store cannot be read the job begins nonetheless", async () => {
  const [cluster] = await ended();
  const { archive, view } = cluster.coordinator;
  const log = `/store/logs/jobs/${view.job("copy").lineage}`;
  const damaged = cluster.disk.paths().filter((path) => path.startsWith(log));
  expect(damaged.length).toBeGreaterThan(0);
  for (const path of damaged) cluster.disk.put(path, "no record");
  await archive.beginAfresh(await cluster.newJob("copy"));
  await cluster.running(2);
});

test("a job without any before has none", async () => {
  const cluster = await running();
  const { archive, view } = cluster.coordinator;
  cluster.worker("w-3");
  await cluster.pass(500);
  await archive.beginAfresh(await cluster.newJob("second", 1));
  expect(view.kept("second").spec.earlier).toBeUndefined();
});
