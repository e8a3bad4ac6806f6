import { expect, test } from "bun:test";
import { JobLog } from "../../../src/coordinator/job-log.ts";
import type { JobSpec } from "../../../src/coordinator/job-spec.ts";
import { lookBack } from "../../../src/coordinator/look-back.ts";
import type { PatiencePorts } from "../../../src/coordinator/patiently.ts";
import { Savepoints } from "../../../src/coordinator/savepoints.ts";
import { versionOf } from "../../../src/coordinator/snapshots.ts";
import type { Manifest } from "../../../src/model/checkpoint.ts";
import { externalError } from "../../../src/base/errors.ts";
import { FileStore } from "../../../src/storage/file-store.ts";
import { SimClock } from "../../../src/testing/sim-clock.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { crypto } from "../../support/control-cluster.ts";
import { NotedLog } from "../../support/noted-log.ts";

const generation = { leaderEpoch: 1, attempt: 1 };
const outside = { sources: [], sinks: [] };
// No more of a job is asked.
const SPEC = { job: "a", bundle: "cd", set: {}, graph: { outside } } as unknown as JobSpec;

class Lab {
  readonly disk = new SimDisk();
  readonly clock = new SimClock();
  readonly store = new FileStore({ folder: "/store", disk: this.disk, crypto });
  readonly savepoints = new Savepoints(this.store.blobs, crypto, "jobs/a-0");
  readonly noted = new NotedLog();
  readonly random = { next: () => 0.5, u32: () => 1 };

  get ports(): PatiencePorts {
    return { clock: this.clock, random: this.random, log: this.noted };
  }

  async log(): Promise<JobLog> {
    return await JobLog.open(await this.store.log("jobs/a-0"), this.ports);
  }

  /** Checkpoints 1 to `count`, each with a file of its own. */
  async keep(count: number): Promise<JobLog> {
    const log = await this.log();
    await log.fence(generation, 0, () => true);
    for (let epoch = 1; epoch <= count; epoch++) {
      const bytes = new TextEncoder().encode(`file ${epoch}`);
      const name = `jobs/a-0/${epoch}.seg`;
      await this.store.blobs.put(name, bytes);
      const sha256 = crypto.sha256(bytes).toHex();
      const tasks = [{ steps: [], files: [{ name, size: bytes.length, sha256, epoch }] }];
      const of = { app: "a", graphHash: "ab", version: versionOf(SPEC, crypto), keyGroups: 1 };
      const none = { positions: [], committables: [], states: [] };
      const facts = { epoch, generation, at: 0, tookMs: 0, isFinal: false };
      const manifest: Manifest = { ...facts, ...of, tasks, ...none };
      await log.checkpoint(manifest);
    }
    return log;
  }

  async look(log: JobLog, isWanted = () => true, spec = SPEC): Promise<string | undefined> {
    const { savepoints, store } = this;
    const ports = { store, crypto, ...this.ports };
    let isDone = false;
    const looking = lookBack({ spec, log, generation, savepoints, isWanted }, ports);
    looking.finally(() => (isDone = true)).catch(() => undefined);
    for (let turn = 0; turn < 1_000 && !isDone; turn++) {
      for (let i = 0; i < 50; i++) await Promise.resolve();
      this.clock.advance(100);
    }
    return await looking;
  }
}

test("what is damaged is kept beside, before the log gives it up", async () => {
  const lab = new Lab();
  const log = await lab.keep(3);
  await lab.store.blobs.remove("jobs/a-0/3.seg");
  expect(await lab.look(log)).toBeUndefined();
  expect([log.base?.epoch, (await lab.log()).base?.epoch]).toEqual([2, 2]);
  const { savepoints: all } = await lab.savepoints.list();
  expect(all.map(({ name, manifest }) => [name, manifest.epoch])).toEqual([["damaged-3", 3]]);
  const [line] = lab.noted.lines;
  expect([line!.level, line!.text]).toEqual([
    "error",
    expect.stringContaining("checkpoint 3 is damaged, and the job goes back to 2, which is whole"),
  ]);
  expect(line!.fields["why"]).toBe("jobs/a-0/3.seg: it is not there");
});

test("of a job that was just restored, those that were kept before are read as well", async () => {
  const lab = new Lab();
  const kept = (await lab.keep(3)).kept.map(({ manifest }) => manifest);
  const restored = await JobLog.open(await lab.store.log("jobs/a-1"), lab.ports);
  await restored.seed(kept[2]!);
  await restored.fence(generation, 0, () => true);
  const spec = { ...SPEC, earlier: [{ lineage: "a-0", epoch: 3 }] };
  await lab.store.blobs.remove("jobs/a-0/3.seg");
  await lab.store.blobs.remove("jobs/a-0/2.seg");
  const why = await lab.look(restored, () => true, spec);
  expect(why).toContain("checkpoint 1 is whole, and is not gone back to without being asked");
  await lab.savepoints.keepDamaged(kept[0]!);
  await lab.store.blobs.remove("jobs/a-0/1.seg");
  expect(await lab.look(restored, () => true, spec)).toBe(
    "of the older ones that are kept, 1 and 2, none is whole",
  );
});

test("nothing is given up whose files are whole, or that nobody asks for any more", async () => {
  const lab = new Lab();
  const log = await lab.keep(2);
  expect(await lab.look(log)).toBe("");
  expect(lab.noted.texts).toEqual([
    "warn: all files of checkpoint 2 are whole, as the coordinator reads them",
  ]);
  await lab.store.blobs.remove("jobs/a-0/2.seg");
  expect(await lab.look(log, () => false)).toBeUndefined();
  expect((await lab.log()).base?.epoch).toBe(2);
});

test("a store that is away for a while says nothing of its files", async () => {
  const lab = new Lab();
  const log = await lab.keep(2);
  const { blobs } = lab.store;
  const stat = blobs.stat.bind(blobs);
  let count = 0;
  blobs.stat = (name) =>
    count++ < 5 ? Promise.reject(externalError("store_unavailable", "no")) : stat(name);
  expect(await lab.look(log)).toBe("");
  expect(count).toBeGreaterThan(5);
});

test("of those that are damaged the newest three stay", async () => {
  const lab = new Lab();
  const log = await lab.keep(5);
  for (const { manifest } of log.kept) await lab.savepoints.keepDamaged(manifest);
  const names = (await lab.savepoints.list()).savepoints.map(({ name }) => name);
  expect(names).toEqual(["damaged-3", "damaged-4", "damaged-5"]);
});
