import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { externalError } from "../../../src/base/errors.ts";
import { JobLog } from "../../../src/coordinator/job-log.ts";
import { openStore } from "../../../src/host/open-store.ts";
import { type FoundCheckpoint, readStore, StoreReader } from "../../../src/host/read-store.ts";
import { Savepoints } from "../../../src/coordinator/savepoints.ts";
import { openStoreParts } from "../../../src/host/store-parts.ts";
import type { Manifest } from "../../../src/model/checkpoint.ts";
import type { Store } from "../../../src/ports/store.ts";
import { systemDisk } from "../../../src/storage/system-disk.ts";
import { AppFolder } from "../../support/app-folder.ts";
import { flipBit } from "../../support/left-run.ts";
import { silentLogger } from "../../support/run-app.ts";
import { ALL, context, headerOf, SnapshotLab, SPECS } from "../../support/snapshot-lab.ts";

const LINEAGE = "test-0123456789ab";

/** A store on the real disk with one checkpoint of one job. */
async function filled(folder: string): Promise<string> {
  const url = `file://${folder}`;
  const lab = new SnapshotLab();
  const store = await openStore(url, { disk: systemDisk(), crypto: lab.crypto });
  const specs = { value: SPECS["value"]!, map: SPECS["map"]! };
  const tables = lab.tables(specs);
  for (let key = 0; key < 50; key++) {
    (tables[0]!.access(`k${key}`, 0, context).value as { n: number }).n = key;
  }
  const map = tables[1]!.access("m", 0, context).value as { set(k: string, v: number): void };
  map.set("a", 1);
  const prefix = `jobs/${LINEAGE}`;
  const keeper = lab.keeper(tables, ALL, [], undefined, { blobs: store.blobs, prefix });
  keeper.freeze(7);
  const tasks = await lab.done(keeper.write(7));
  const manifest: Manifest = {
    epoch: 7,
    generation: { leaderEpoch: 1, attempt: 1 },
    app: "test",
    graphHash: "ab",
    keyGroups: 256,
    at: 5,
    tookMs: 1,
    isFinal: false,
    states: Object.entries(specs).map(([step, spec]) => headerOf(step, spec)),
    tasks,
    positions: [],
    committables: [],
  };
  const random = { next: () => 0.5, u32: () => 1 };
  const ports = { clock: lab.clock, random, log: silentLogger };
  const log = await JobLog.open(await store.log(prefix), ports);
  await log.fence({ leaderEpoch: 1, attempt: 1 }, 0, () => true);
  await log.checkpoint(manifest);
  return url;
}

test("what is in a store is listed, checked and shown, without a cluster", async () => {
  using folder = new AppFolder();
  const reader = await readStore(await filled(folder.path));
  expect(await reader.named("test")).toEqual([LINEAGE]);
  const [found] = (await reader.checkpoints(LINEAGE)).checkpoints;
  expect(found).toMatchObject({ savepoint: undefined, manifest: { epoch: 7 } });
  const verdicts = await reader.verify(LINEAGE, found!.manifest);
  expect(verdicts!.map(({ problem }) => problem)).toEqual([undefined]);
  const entries = await reader.dump(found!.manifest, "value");
  expect(entries).toHaveLength(50);
  expect(entries).toContainEqual({ key: "k7", state: { n: 7 } });
  expect(await reader.dump(found!.manifest, "map")).toEqual([
    { key: "m", state: new Map([["a", 1]]) },
  ]);
});

test("a damaged file is named, and so is a step or a job that is not there", async () => {
  using folder = new AppFolder();
  const reader = await readStore(await filled(folder.path));
  const [found] = (await reader.checkpoints(LINEAGE)).checkpoints;
  const inside = join(folder.path, "blobs/jobs", LINEAGE);
  const file = join(inside, readdirSync(inside)[0]!);
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1]! ^= 4;
  writeFileSync(file, bytes);
  expect((await reader.verify(LINEAGE, found!.manifest))![0]!.problem).toMatch(/is damaged/);
  const noStep = await reader.dump(found!.manifest, "other").catch((error: unknown) => error);
  expect(String(noStep)).toMatch(/step "other" is there; there are: value, map/);
  const noJob = await reader.named("nope").catch((error: unknown) => error);
  expect(String(noJob)).toMatch(/has no job nope; there are: test-0123456789ab/);
});

test("of several jobs of a name the newest checkpoint is meant, unless one is named", async () => {
  using folder = new AppFolder();
  const url = await filled(folder.path);
  const [reader, { store, crypto }] = [await readStore(url), await openStoreParts(url)];
  const { manifest } = await reader.choose("test", undefined);
  // By its name it comes behind; it is older.
  const other = new Savepoints(store.blobs, crypto, "jobs/test-ffffffffffff");
  await other.keep({ ...manifest, epoch: 90, at: 4, tasks: [] });
  expect((await reader.choose("test", undefined)).manifest.epoch).toBe(7);
  expect((await reader.choose("test", "sp-90")).savepoint).toBe("sp-90");
  const absent = await reader.choose("test", "8").catch(String);
  expect(absent).toContain("test has no checkpoint 8; there are: 7, 90");
});

test("a log that its job cuts meanwhile is read anew", async () => {
  using folder = new AppFolder();
  const url = await filled(folder.path);
  const store = await openStore(url, { disk: systemDisk(), crypto: new SnapshotLab().crypto });
  let failures = 3;
  const cut: Store = {
    url,
    durability: store.durability,
    blobs: store.blobs,
    close: () => store.close(),
    logs: (folder) => store.logs(folder),
    log: async (name) => {
      if (failures-- > 0) throw externalError("not_found", "there is nothing of that name");
      return await store.log(name);
    },
  };
  expect((await new StoreReader(cut).checkpoints(LINEAGE)).checkpoints).toHaveLength(1);
  failures = Infinity;
  expect(new StoreReader(cut).checkpoints(LINEAGE)).rejects.toMatchObject({ code: "not_found" });
});

test("a checkpoint that its job gives up while it is checked is no damage", async () => {
  using folder = new AppFolder();
  const reader = await readStore(await filled(folder.path));
  const [found] = (await reader.checkpoints(LINEAGE)).checkpoints;
  const [file] = found!.manifest.tasks[0]!.files;
  const gone = {
    ...found!.manifest,
    epoch: 6,
    tasks: [{ steps: [], files: [{ ...file!, name: "x" }] }],
  };
  expect(await reader.verify(LINEAGE, gone)).toBeUndefined();
  expect((await reader.verify(LINEAGE, { ...gone, epoch: 7 }))![0]!.problem).toContain("missing");
});

test("files are looked at by size, of the checkpoint that is the newest then", async () => {
  using folder = new AppFolder();
  const url = await filled(folder.path);
  const store = await openStore(url, { disk: systemDisk(), crypto: new SnapshotLab().crypto });
  const { manifest } = await new StoreReader(store).choose("test", undefined);
  expect((await new StoreReader(store).look("test", undefined)).damage).toEqual([]);
  const { name } = manifest.tasks[0]!.files[0]!;
  const saved = new Savepoints(store.blobs, new SnapshotLab().crypto, `jobs/${LINEAGE}`);
  await saved.keep(manifest);
  await store.blobs.remove(name);
  const why = `checkpoint 7 is damaged: ${name} is not there`;
  expect((await new StoreReader(store).look("test", "7")).damage).toEqual([why]);
  const stat = store.blobs.stat.bind(store.blobs);
  store.blobs.stat = async (wanted) => {
    store.blobs.stat = stat;
    // The job goes on.
    await saved.keep({ ...manifest, epoch: 8, at: 6, tasks: [] });
    return await stat(wanted);
  };
  const looked = await new StoreReader(store).look("test", undefined);
  expect(looked).toMatchObject({ manifest: { epoch: 8 }, damage: [] });
});

test("a log or a savepoint that is damaged hides nothing else", async () => {
  using folder = new AppFolder();
  const url = await filled(folder.path);
  const [reader, { store, crypto }] = [await readStore(url), await openStoreParts(url)];
  const [{ manifest }] = (await reader.checkpoints(LINEAGE)).checkpoints as [FoundCheckpoint];
  const savepoints = new Savepoints(store.blobs, crypto, `jobs/${LINEAGE}`);
  await savepoints.keep(manifest);
  await savepoints.keep({ ...manifest, epoch: 6 });
  const saved = join(folder.path, "blobs/jobs", LINEAGE, "savepoints/sp-6");
  flipBit(saved);
  const logs = join(folder.path, "logs/jobs", LINEAGE);
  const records = readdirSync(logs).filter((name) => name.endsWith(".rec"));
  flipBit(join(logs, records.at(-1)!));
  const { checkpoints, unreadable } = await reader.checkpoints(LINEAGE);
  expect(checkpoints.map(({ savepoint }) => savepoint)).toEqual(["sp-7"]);
  expect(unreadable).toEqual([
    { savepoint: undefined, problem: expect.stringContaining("is damaged") },
    { savepoint: "sp-6", problem: expect.stringContaining("savepoints/sp-6 is damaged") },
  ]);
  expect((await reader.choose("test", "sp-7")).savepoint).toBe("sp-7");
  // Which is the newest is not known.
  const refused = [undefined, "sp-6"].map((at) => reader.choose("test", at).catch(codeOf));
  expect(await Promise.all(refused)).toEqual(["damaged", "damaged"]);
});

function codeOf(error: unknown): string {
  return (error as { code: string }).code;
}
