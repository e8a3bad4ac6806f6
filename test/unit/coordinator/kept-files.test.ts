import { expect, test } from "bun:test";
import { JobLog } from "../../../src/coordinator/job-log.ts";
import type { JobSpec } from "../../../src/coordinator/job-spec.ts";
import { KeptFiles } from "../../../src/coordinator/kept-files.ts";
import type { Manifest } from "../../../src/model/checkpoint.ts";
import type { BlobStore } from "../../../src/ports/blob-store.ts";
import { FileStore } from "../../../src/storage/file-store.ts";
import { SimClock } from "../../../src/testing/sim-clock.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { crypto } from "../../support/control-cluster.ts";
import { silentLogger as log } from "../../support/run-app.ts";

const generation = { leaderEpoch: 1, attempt: 1 };
// No more of a job is asked.
const SPEC = { job: "a", lineage: "a-0" } as unknown as JobSpec;

/** Six checkpoints of a file each, and one of another job; a savepoint of the first. */
async function filled() {
  const clock = new SimClock();
  const disk = new SimDisk();
  const store = new FileStore({ folder: "/store", disk, crypto });
  const { blobs } = store;
  const files = new KeptFiles({ blobs, clock, crypto, log });
  const random = { next: () => 0.5, u32: () => 1 };
  const jobLog = await JobLog.open(await store.log("jobs/a-0"), { clock, random, log });
  await jobLog.fence(generation, 0, () => true);
  for (let epoch = 1; epoch <= 6; epoch++) {
    const own = `jobs/a-0/${epoch}.seg`;
    const ofOther = `jobs/b-0/${epoch}.seg`;
    for (const name of [own, ofOther]) await blobs.put(name, new Uint8Array([epoch]));
    const refs = [own, ofOther].map((name) => ({ name, size: 1, sha256: "0".repeat(64), epoch }));
    const of = { app: "a", graphHash: "ab", keyGroups: 1, states: [] };
    const facts = { epoch, generation, at: 0, tookMs: 0, isFinal: false };
    const parts = { tasks: [{ steps: [], files: refs }], positions: [], committables: [] };
    const manifest: Manifest = { ...facts, ...of, ...parts };
    await jobLog.checkpoint(manifest);
    if (epoch === 1) await files.keepSavepoint(SPEC, manifest);
    if (epoch === 2) await files.savepoints(SPEC).keepDamaged(manifest);
  }
  const clean = (): Promise<void> => files.clean(SPEC, jobLog);
  return { disk, blobs, clean };
}

async function left(blobs: BlobStore): Promise<readonly string[]> {
  const all = (await blobs.list("jobs/")).map(({ name }) => name.slice("jobs/".length));
  return all.filter((name) => name.endsWith(".seg"));
}

test("files go that no checkpoint and no savepoint needs, damaged ones stay", async () => {
  const { blobs, clean } = await filled();
  await clean();
  const segments = await left(blobs);
  expect(segments.filter((name) => name.startsWith("a-0"))).toEqual(
    [1, 2, 4, 5, 6].map((epoch) => `a-0/${epoch}.seg`),
  );
  expect(segments.filter((name) => name.startsWith("b-0")).length).toBe(6);
});

test("beside a savepoint that cannot be read, what is newer goes, and nothing older", async () => {
  const { disk, blobs, clean } = await filled();
  disk.put("/store/blobs/jobs/a-0/savepoints/damaged-2", "no manifest");
  await clean();
  const own = (await left(blobs)).filter((name) => name.startsWith("a-0"));
  expect(own).toEqual([1, 2, 4, 5, 6].map((epoch) => `a-0/${epoch}.seg`));
});
