import { expect, test } from "bun:test";
import { Ledger } from "../../../src/coordinator/ledger.ts";
import type { JobSpec } from "../../../src/coordinator/job-spec.ts";
import { appGraph } from "../../../src/host/app-graph.ts";
import { FileMetaLog } from "../../../src/storage/file-meta-log.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { crypto, pipeline } from "../../support/control-cluster.ts";

const spec = (job: string): JobSpec => ({
  job,
  lineage: `${job}-0a`,
  app: "copy",
  file: "/apps/copy.ts",
  bundle: "ab".repeat(32),
  set: { in: "x" },
  workers: undefined,
  metrics: true,
  createdAt: 5,
  graph: appGraph(pipeline()),
});

const open = async (disk: SimDisk): Promise<Ledger> =>
  await Ledger.open(await FileMetaLog.open({ folder: "/log", disk, crypto }));

test("jobs, their ends and names of workers are there after a power failure", async () => {
  const disk = new SimDisk();
  const ledger = await open(disk);
  await ledger.workerNamed("w-1");
  await ledger.workerNamed("w-1");
  await Promise.all([ledger.jobCreated(spec("a")), ledger.jobCreated(spec("b"))]);
  await ledger.jobStopping("b");
  await ledger.jobCreated(spec("c"));
  await ledger.jobEnded("a", { state: "failed", error: "it broke" });
  disk.crash();
  const again = await open(disk);
  expect(again.leaderEpoch).toBe(2);
  expect([...again.names]).toEqual(["w-1"]);
  expect(again.jobs.get("a")).toMatchObject({ outcome: { state: "failed", error: "it broke" } });
  expect(again.jobs.get("b")).toMatchObject({ isStopping: true, outcome: undefined });
  expect(again.jobs.get("c")).toEqual({
    spec: spec("c"),
    outcome: undefined,
    isStopping: false,
    epoch: 0,
  });
  // Eight records: two fences, one name (told once), five of jobs.
  expect(disk.paths()).toHaveLength(8);
});

test("the newest checkpoint that was stored is known as long as its log is used", async () => {
  const disk = new SimDisk();
  const ledger = await open(disk);
  const epoch = async (): Promise<number> => (await open(disk)).jobs.get("a")!.epoch;
  await ledger.jobCreated(spec("a"));
  await ledger.jobKept("a", 3);
  expect(ledger.jobs.get("a")!.epoch).toBe(3);
  const second = await open(disk);
  await second.jobKept("a", 2); // Never less.
  expect(second.jobs.get("a")!.epoch).toBe(3);
  await second.jobEnded("a", { state: "stopped", error: undefined }, 7);
  expect(await epoch()).toBe(7);
  const third = await open(disk);
  await third.jobCreated(spec("a"));
  await third.jobStopping("a");
  await third.jobEnded("a", { state: "failed", error: "it broke" });
  expect(third.jobs.get("a")!.epoch).toBe(7);
  await third.jobCreated({ ...spec("a"), lineage: "a-0b" });
  expect(await epoch()).toBe(0);
});

test("what is being appended is in the log, or refused, when all has settled", async () => {
  const disk = new SimDisk();
  const first = await open(disk);
  await first.jobCreated(spec("a"));
  void first.jobEnded("a", { state: "stopped", error: undefined });
  expect(first.jobs.get("a")!.outcome).toBeUndefined();
  await first.settled();
  expect(first.jobs.get("a")).toMatchObject({ outcome: { state: "stopped" } });
  await open(disk);
  const refused = first.jobCreated(spec("b"));
  await first.settled();
  await expect(refused).rejects.toThrow("another coordinator has taken over");
});

test("leader epochs only grow, and an older coordinator adds nothing after it", async () => {
  const disk = new SimDisk();
  const first = await open(disk);
  await first.jobCreated(spec("a"));
  const second = await open(disk);
  expect([first.leaderEpoch, second.leaderEpoch]).toEqual([1, 2]);
  await expect(first.jobEnded("a", { state: "stopped", error: undefined })).rejects.toThrow(
    /another coordinator has taken over the log at slot 2/,
  );
  await second.jobStopping("a");
  const third = await open(disk);
  expect(third.leaderEpoch).toBe(3);
  expect(third.jobs.get("a")).toMatchObject({ outcome: undefined, isStopping: true });
});

test("two that open at once are ordered: each has an epoch of its own", async () => {
  const disk = new SimDisk();
  const all = await Promise.all(Array.from({ length: 5 }, () => open(disk)));
  const epochs = all.map(({ leaderEpoch }) => leaderEpoch);
  expect(epochs.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
});
