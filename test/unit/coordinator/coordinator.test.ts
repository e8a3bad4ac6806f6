import { expect, test } from "bun:test";
import { ControlCluster, pipeline } from "../../support/control-cluster.ts";

async function running(count: number): Promise<ControlCluster> {
  const cluster = await ControlCluster.start();
  for (let i = 1; i <= count; i++) cluster.worker(`w-${i}`);
  await cluster.until(
    () => cluster.coordinator.view.workers().length === count,
    "all workers joined",
  );
  await cluster.deploy();
  await cluster.running(count);
  return cluster;
}

test("a job runs on all free workers, its bundle is shipped, it commits each second", async () => {
  const cluster = await running(3);
  expect(cluster.live.map(({ settings }) => settings.worker).toSorted()).toEqual([
    "w-1",
    "w-2",
    "w-3",
  ]);
  const [first] = cluster.live;
  expect(first!.settings.placement.workers).toHaveLength(3);
  expect(first!.settings.plan.tasks.length).toBeGreaterThan(1);
  await cluster.pass(2_500);
  for (const part of cluster.live) {
    expect(part.calls.slice(0, 5)).toEqual([
      "start",
      "barrier 1",
      "commit 1",
      "barrier 2",
      "commit 2",
    ]);
  }
  expect(cluster.coordinator.view.summary()).toMatchObject({ workers: 3, free: 0, jobs: 1 });
});

test("a job says how often it commits, also to a coordinator that takes it up", async () => {
  const cluster = await ControlCluster.start();
  cluster.worker("w-1");
  await cluster.deploy();
  const slow = { ...(await cluster.newJob("slow", 1)), checkpointIntervalMs: 10_000 };
  await cluster.coordinator.deploy(slow);
  const epoch = (): number => cluster.coordinator.view.job("slow").epoch;
  const committed = async (count: number): Promise<void> => {
    await cluster.until(() => epoch() === count, `epoch ${count}`);
    await cluster.pass(8_000);
    expect(epoch()).toBe(count);
  };
  await cluster.coordinator.stop("copy", "now");
  await committed(1);
  await committed(2);
  cluster.coordinator.close();
  await cluster.startCoordinator();
  await cluster.until(() => epoch() > 2 && cluster.phase("slow") === "running", "it runs again");
  await cluster.pass(1_000);
  const first = epoch();
  await cluster.pass(7_000);
  expect(epoch()).toBe(first);
});

test("workers and a job may be there in any order", async () => {
  const cluster = await ControlCluster.start();
  await cluster.deploy();
  await cluster.pass(500);
  expect(cluster.phase()).toBe("waiting for a worker");
  cluster.worker("w-1");
  cluster.worker("w-2");
  await cluster.running(2);
});

test("a worker finds a coordinator that starts later", async () => {
  const cluster = await ControlCluster.start();
  cluster.coordinator.close();
  const worker = cluster.worker("w-1");
  await cluster.pass(3_000);
  expect(worker.isRegistered).toBe(false);
  await cluster.startCoordinator();
  await cluster.until(() => worker.isRegistered, "the worker joined");
});

test("however long the coordinator is away, all workers have a share when it is back", async () => {
  const cluster = await running(4);
  for (const awayMs of [2_000, 12_000, 60_000]) {
    cluster.coordinator.close();
    await cluster.pass(awayMs);
    await cluster.startCoordinator();
    await cluster.running(4);
  }
});

test("when a worker dies all begins anew on those that are left, and status says so", async () => {
  const cluster = await running(3);
  const before = cluster.live;
  cluster.network.pairs[1]!.cut();
  // The same process finds its way back, in time to have a part again.
  await cluster.until(() => cluster.live[0] !== before[0], "a new generation was made");
  await cluster.running(3);
  expect(before.every(({ isKilled }) => isKilled)).toBe(true);
  const job = cluster.coordinator.view.job("copy");
  expect(job).toMatchObject({ restarts: 1, generation: "1.2" });
  expect(job.lastEnd).toMatch(/worker w-2 is gone/);

  cluster.network.pairs[0]!.isSilent = true;
  await cluster.until(() => cluster.coordinator.view.job("copy").restarts === 2, "it was missed");
  expect(cluster.coordinator.view.job("copy").lastEnd).toMatch(/w-1 is gone: it was silent/);
});

test("a job whose input ends commits a last time, then it has finished", async () => {
  const cluster = await running(2);
  for (const part of cluster.live) part.finish();
  await cluster.until(() => cluster.phase() === "finished", "the job has finished");
  for (const part of cluster.live) {
    const epoch = cluster.coordinator.view.job("copy").epoch;
    const last = ["drain", `barrier ${epoch}`, `commit ${epoch}`, "drain"];
    expect(part.calls.slice(-4)).toEqual(last);
    expect(part.isKilled).toBe(true);
  }
  expect(cluster.coordinator.view.summary()).toMatchObject({ free: 2, jobs: 0 });
  await cluster.deploy();
  await cluster.until(() => cluster.phase() === "running", "the name can be used again");
});

test("sinks that need more epochs after the end get them", async () => {
  const cluster = await running(2);
  const before = cluster.coordinator.view.job("copy").epoch;
  cluster.live[1]!.unsealed = 3;
  for (const part of cluster.live) part.finish();
  await cluster.until(() => cluster.phase() === "finished", "the job has finished");
  expect(cluster.coordinator.view.job("copy").epoch).toBeGreaterThanOrEqual(before + 3);
});

test("stop drains and commits; stop now does not", async () => {
  for (const how of ["drain", "now"] as const) {
    const cluster = await running(2);
    await cluster.coordinator.stop("copy", how);
    await cluster.until(() => cluster.phase() === "stopped", "the job has stopped");
    for (const part of cluster.live) {
      expect(part.calls.includes("stop")).toBe(how === "drain");
      expect(part.isKilled).toBe(true);
    }
  }
});

test("a mistake of a user's function fails the job with its words", async () => {
  const cluster = await running(2);
  cluster.live[0]!.fail("step_failed", "user");
  await cluster.until(() => cluster.phase() === "failed", "the job failed");
  expect(cluster.coordinator.view.job("copy").error).toMatch(
    /on worker w-\d: step "count": step_failed/,
  );
  expect(cluster.parts).toHaveLength(2);
});

test("what fails in one way three generations running is given up", async () => {
  const cluster = await running(2);
  for (let attempt = 1; attempt <= 3; attempt++) {
    await cluster.until(() => cluster.live.every((p) => p.calls.length > 0), "it runs");
    cluster.live[0]!.fail("port_in_use", "external");
    const { live } = cluster;
    await cluster.until(() => live.every(({ isKilled }) => isKilled), "it was released");
    if (attempt < 3) await cluster.until(() => cluster.live[0] !== live[0], "it is tried again");
  }
  await cluster.until(() => cluster.phase() === "failed", "the job failed");
  expect(cluster.coordinator.view.job("copy").error).toMatch(/3 attempts failed/);
  expect(cluster.parts).toHaveLength(6);
});

test("another graph is refused with the first difference, and nothing starts", async () => {
  const cluster = await ControlCluster.start();
  cluster.worker("w-1");
  const [first, ...rest] = pipeline().steps;
  cluster.builds = { app: "copy", steps: [{ ...first!, name: "other" }, ...rest] };
  await cluster.pass(500);
  await cluster.deploy();
  await cluster.until(() => cluster.phase() === "failed", "the job failed");
  expect(cluster.coordinator.view.job("copy").error).toMatch(
    /worker w-1 builds another graph .* there \["in".*, here \["key"/,
  );
  expect(cluster.parts).toHaveLength(0);
});

test("jobs and their generation survive the coordinator", async () => {
  const cluster = await running(2);
  const before = cluster.live;
  cluster.coordinator.close();
  await cluster.pass(1_000);
  expect(before.some(({ isKilled }) => isKilled)).toBe(false);
  await cluster.startCoordinator();
  await cluster.running(2);
  expect(cluster.coordinator.view.job("copy")).toMatchObject({ generation: "2.1" });
  expect(before.every(({ isKilled }) => isKilled)).toBe(true);
  expect(cluster.fatal).toEqual([]);
});

test("an older coordinator that goes on is told by the log, and ends", async () => {
  const cluster = await running(1);
  const old = cluster.coordinator;
  cluster.coordinator.close();
  await cluster.startCoordinator();
  await expect(old.stop("copy", "drain")).rejects.toThrow(/another coordinator has taken over/);
});

test("an epoch that is asked for begins after the question, and is told at its end", async () => {
  const cluster = await running(2);
  await cluster.pass(1_100);
  const before = cluster.coordinator.view.job("copy").epoch;
  const asked = cluster.coordinator.barrier("copy");
  await cluster.pass(200);
  expect(await asked).toBeGreaterThan(before);
  await cluster.coordinator.stop("copy", "now");
  await cluster.until(() => cluster.phase() === "stopped", "the job has stopped");
  await expect(cluster.coordinator.barrier("copy")).rejects.toThrow(/job is over/);
  expect(() => cluster.coordinator.barrier("none")).toThrow(/no job none; there are: copy/);
});

test("a second job of a name is refused, and one for which nobody is free", async () => {
  const cluster = await running(2);
  await expect(cluster.deploy()).rejects.toThrow(/a job copy is there already \(running\)/);
  await expect(cluster.deploy("other")).rejects.toThrow(/1 free worker wanted, 0 free: w-1 runs/);
});

test("a job that wants more workers than there are is refused with what is missing", async () => {
  const cluster = await ControlCluster.start();
  for (let i = 1; i <= 2; i++) cluster.worker(`w-${i}`);
  await cluster.pass(1_000);
  await expect(cluster.deploy("copy", 5)).rejects.toThrow(
    "5 free workers wanted, 2 free; start 3 more with `wallaroo worker --join`, or give a " +
      "smaller --workers",
  );
  await cluster.deploy("copy", 1);
  await cluster.until(() => cluster.phase() === "running", "the first runs");
  await expect(cluster.deploy("other", 5)).rejects.toThrow(
    /5 free workers wanted, 1 free: w-\d runs copy; start 4 more .* or stop a job/,
  );
});

test("a job may have some of the workers, and another the rest", async () => {
  const cluster = await ControlCluster.start();
  for (let i = 1; i <= 3; i++) cluster.worker(`w-${i}`);
  await cluster.pass(1_000);
  await cluster.deploy("copy", 2);
  await cluster.until(() => cluster.phase() === "running", "the first runs");
  await cluster.deploy("other");
  await cluster.until(() => cluster.phase("other") === "running", "the second runs");
  expect(cluster.coordinator.view.job("copy").workers).toHaveLength(2);
  expect(cluster.coordinator.view.job("other").workers).toHaveLength(1);
});

test("status sums over workers, and does not wait for one that is gone", async () => {
  const cluster = await running(3);
  const asked = cluster.coordinator.view.status("copy");
  await cluster.pass(100);
  const status = await asked;
  expect(status.sources).toMatchObject([{ name: "in", records: 15, splits: 3 }]);
  expect(status.cluster.workers).toEqual(["w-1", "w-2", "w-3"]);
  cluster.network.pairs[0]!.isSilent = true;
  const late = cluster.coordinator.view.status("copy");
  await cluster.pass(1_100);
  expect((await late).sources).toMatchObject([{ records: 10 }]);
});
