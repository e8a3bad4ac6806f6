import { expect, test } from "bun:test";
import { earlierKept } from "../../../src/coordinator/earlier-kept.ts";
import { JobLog } from "../../../src/coordinator/job-log.ts";
import { Savepoints } from "../../../src/coordinator/savepoints.ts";
import type { Manifest } from "../../../src/model/checkpoint.ts";
import { FileStore } from "../../../src/storage/file-store.ts";
import { SimClock } from "../../../src/testing/sim-clock.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { crypto } from "../../support/control-cluster.ts";
import { NotedLog } from "../../support/noted-log.ts";

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

test("checkpoints and savepoints of earlier jobs, up to where each was left", async () => {
  const disk = new SimDisk();
  const store = new FileStore({ folder: "/store", disk, crypto });
  const log = new NotedLog();
  const ports = { clock: new SimClock(), random: { next: () => 0.5, u32: () => 1 }, log };
  const kept = await JobLog.open(await store.log("jobs/a-1"), ports);
  await kept.fence(generation, 0, () => true);
  for (const epoch of [3, 4, 5]) await kept.checkpoint(manifest(epoch));
  await new Savepoints(store.blobs, crypto, "jobs/a-1").keep(manifest(2));
  disk.put("/store/logs/jobs/a-2/000000000000.rec", "no record");
  const earlier = [
    { lineage: "a-2", epoch: 9 },
    { lineage: "a-1", epoch: 4 },
  ];
  const found = await earlierKept({ job: "a", earlier }, { store, crypto, ...ports });
  expect(found.map(({ name }) => name)).toEqual(["3", "4", "sp-2"]);
  expect(log.texts).toEqual(["warn: what a job has kept before cannot be read"]);
  expect(await earlierKept({ job: "a" }, { store, crypto, ...ports })).toEqual([]);
});
