import { expect, test } from "bun:test";
import { lostCheckpoint } from "../../../src/coordinator/lost-checkpoint.ts";
import { ControlCluster } from "../../support/control-cluster.ts";

test("a store has the checkpoint that is known, or a newer one, or lost it", () => {
  const known = { epoch: 4, store: "file:///store" };
  expect(lostCheckpoint("a", { ...known, epoch: 0 }, 0)).toBeUndefined();
  expect(lostCheckpoint("a", known, 4)).toBeUndefined();
  expect(lostCheckpoint("a", known, 5)).toBeUndefined();
  expect(lostCheckpoint("a", known, 0)).toStartWith(
    "checkpoint 4 of job a was stored, and file:///store has none: was it wiped, or put back",
  );
  expect(lostCheckpoint("a", known, 3)).toContain("store has 3 as the newest: ");
});

/** A job with checkpoints, and nobody who runs it. */
async function cutOff(): Promise<ControlCluster> {
  const cluster = await ControlCluster.start();
  cluster.worker("w-1");
  await cluster.pass(500);
  await cluster.deploy();
  await cluster.running(1);
  await cluster.pass(2_500);
  cluster.coordinator.close();
  return cluster;
}

async function wipe({ disk }: ControlCluster, wanted: RegExp): Promise<void> {
  const gone = disk.paths().filter((path) => wanted.test(path));
  expect(gone.length).toBeGreaterThan(0);
  for (const path of gone) await disk.remove(path);
}

const failedJob = async (cluster: ControlCluster): Promise<string> => {
  await cluster.until(() => cluster.phase() === "failed", "the job has failed");
  return cluster.coordinator.view.job("copy").error ?? "";
};

test("a job whose checkpoints are gone does not begin from the start", async () => {
  const cluster = await cutOff();
  await wipe(cluster, /^\/store\//);
  await cluster.startCoordinator();
  expect(await failedJob(cluster)).toStartWith(
    "checkpoint 1 of job copy was stored, and file:///store has none",
  );
});

/** A job that ended and lost its newest checkpoint since; another coordinator has begun. */
async function endedWithoutNewest() {
  const cluster = await cutOff();
  await cluster.startCoordinator();
  await cluster.running(1);
  await cluster.pass(2_500);
  await cluster.coordinator.stop("copy", "now");
  await cluster.until(() => cluster.phase() === "stopped", "the job has stopped");
  cluster.coordinator.close();
  expect((await cluster.coordinator.archive.checkpoints("copy")).length).toBeGreaterThan(1);
  const logs = cluster.disk.paths().filter((path) => /^\/store\/logs\/jobs.*rec$/.test(path));
  await cluster.disk.remove(logs.at(-1)!);
  await cluster.startCoordinator();
  return cluster;
}

test("nor is an older one taken for the newest when a job is restored", async () => {
  const cluster = await endedWithoutNewest();
  const { archive } = cluster.coordinator;
  const request = { from: undefined, lineage: undefined, acceptDuplicates: false };
  await expect(archive.restore("copy", request)).rejects.toMatchObject({ code: "would_repeat" });
  await archive.restore("copy", { ...request, acceptDuplicates: true });
  await cluster.running(1);
});

test("files of a job that the log of the cluster does not know are not begun beside", async () => {
  const cluster = await cutOff();
  const { archive } = cluster.coordinator;
  const { spec } = cluster.coordinator.view.kept("copy");
  const other = { ...spec, job: "cop" };
  await cluster.disk.makeFolder("/store/blobs/jobs/cop-0123456789ab");
  const file = await cluster.disk.open("/store/blobs/jobs/cop-0123456789ab/1.seg", "create");
  await file.close();
  await expect(archive.succeed(other)).rejects.toMatchObject({ code: "checkpoint_lost" });
});

test("nor does one whose newest checkpoint is gone and which had ended", async () => {
  const cluster = await endedWithoutNewest();
  const { archive, view } = cluster.coordinator;
  const { spec } = view.kept("copy");
  await expect(archive.succeed(spec)).rejects.toMatchObject({ code: "checkpoint_lost" });
});
