import { expect, test } from "bun:test";
import { Ledger } from "../../../src/coordinator/ledger.ts";
import { appGraph } from "../../../src/host/app-graph.ts";
import { notedIn } from "../../../src/host/read-ledger.ts";
import { FileMetaLog } from "../../../src/storage/file-meta-log.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { crypto, pipeline } from "../../support/control-cluster.ts";

const spec = (job: string) => ({
  job,
  lineage: `${job}-0a`,
  app: "copy",
  file: "/apps/copy.ts",
  bundle: "ab".repeat(32),
  set: {},
  workers: undefined,
  metrics: true,
  createdAt: 5,
  graph: appGraph(pipeline()),
});

test("what an ended job has committed is read, and nothing is changed by it", async () => {
  const disk = new SimDisk();
  const folder = "/data/run/cluster/log";
  await disk.makeFolder(folder);
  const ledger = await Ledger.open(await FileMetaLog.open({ folder, disk, crypto }));
  for (const job of ["ended", "open", "old"]) await ledger.jobCreated(spec(job));
  await ledger.jobEnded("ended", { state: "finished", error: undefined, committed: 7 });
  await ledger.jobEnded("old", { state: "finished", error: undefined });
  disk.put(`${folder}/0a.1.tmp`, "another process writes it now");
  const before = disk.paths();
  const asked = ["ended-0a", "open-0a", "old-0a", "none-0a"];
  const told = await Promise.all(asked.map((lineage) => notedIn("/data", lineage, disk)));
  const none = { isEnded: false, committed: 0 };
  expect(told).toEqual([{ isEnded: true, committed: 7 }, none, { ...none, isEnded: true }, none]);
  expect((await notedIn("/data/run", "ended-0a", disk)).committed).toBe(7);
  expect(await notedIn("/nowhere", "ended-0a", disk)).toEqual(none);
  expect(disk.paths()).toEqual(before);
});

test("nothing is known where the log is damaged", async () => {
  const disk = new SimDisk();
  const folder = "/data/cluster/log";
  await disk.makeFolder(folder);
  disk.put(`${folder}/000000000000.rec`, "no record");
  expect((await notedIn("/data", "ended-0a", disk)).isEnded).toBe(false);
});
