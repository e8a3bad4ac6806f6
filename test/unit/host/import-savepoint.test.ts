import { expect, test } from "bun:test";
import { unzipSync, zipSync } from "fflate";
import { Savepoints } from "../../../src/coordinator/savepoints.ts";
import { FileStore } from "../../../src/storage/file-store.ts";
import { importSavepoint } from "../../../src/host/import-savepoint.ts";
import type { SnapshotLab } from "../../support/snapshot-lab.ts";
import { contents, SPECS, ALL } from "../../support/snapshot-lab.ts";
import { elsewhere, exported, LINEAGE, partsOf, saved, ZIP } from "../../support/zip-world.ts";

async function failure(lab: SnapshotLab): Promise<string> {
  try {
    await importSavepoint(partsOf(lab), ZIP);
  } catch (error) {
    return String(error);
  }
  throw new Error("it was taken");
}

/** What of a store is a savepoint: it is there when it is whole. */
async function keptIn({ disk, crypto }: SnapshotLab): Promise<readonly string[]> {
  // Opened anew: a store whose disk failed to sync refuses everything.
  const { blobs } = new FileStore({ folder: "/store", disk, crypto });
  const { savepoints: all } = await new Savepoints(blobs, crypto, `jobs/${LINEAGE}`).list();
  return all.map(({ name }) => name);
}

test("another cluster has the savepoint, and the state in it", async () => {
  const world = await saved();
  const other = elsewhere(await exported(world));
  const found = await importSavepoint(partsOf(other), ZIP);
  expect(found).toEqual({ lineage: LINEAGE, savepoint: "sp-7", manifest: world.manifest });
  expect(await keptIn(other)).toEqual(["sp-7"]);
  other.disk.crash();
  const specs = { value: SPECS["value"]! };
  const [here, there] = await Promise.all(
    [world.lab, other].map(async (lab) => {
      const { tables } = await lab.restore(world.manifest.tasks, ALL, specs);
      return contents(tables);
    }),
  );
  expect(there).toEqual(here);
  expect(there!.length).toBe(20);
  // Again changes nothing.
  await importSavepoint(partsOf(other), ZIP);
  expect(await keptIn(other)).toEqual(["sp-7"]);
});

test("one that was unpacked and packed anew, compressed, is the same", async () => {
  const world = await saved();
  const other = elsewhere(zipSync(unzipSync(await exported(world)), { level: 6 }));
  expect((await importSavepoint(partsOf(other), ZIP)).manifest).toEqual(world.manifest);
});

test("no wrong bit and no cut makes another savepoint of it", async () => {
  const world = await saved(5);
  const zip = await exported(world);
  let refused = 0;
  for (let bit = 0; bit < zip.length * 8; bit += 7) {
    const bad = zip.slice();
    bad[bit >> 3]! ^= 1 << (bit & 7);
    const other = elsewhere(bad);
    try {
      // Bits that say nothing, such as times, may be any.
      const found = await importSavepoint(partsOf(other), ZIP);
      expect(found).toEqual({ lineage: LINEAGE, savepoint: "sp-7", manifest: world.manifest });
      for (const { name } of world.manifest.tasks[0]!.files) {
        expect(await other.store.blobs.get(name)).toEqual(await world.lab.store.blobs.get(name));
      }
    } catch (error) {
      expect(error).toMatchObject({ domain: expect.stringMatching(/user|external/) });
      expect(await keptIn(other)).toEqual([]);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(500);
  for (let size = 0; size < zip.length; size += 53) {
    expect(await failure(elsewhere(zip.subarray(0, size)))).toContain(ZIP);
  }
});

test("other ZIPs, files that are none, and those of newer engines are refused", async () => {
  const text = (of: string) => new TextEncoder().encode(of);
  expect(await failure(elsewhere(text("hello")))).toContain("it is no ZIP, or it is cut off");
  const foreign = await failure(elsewhere(zipSync({ "a.txt": text("a") })));
  expect(foreign).toContain(`${ZIP} is no savepoint of Wallaroo: it has no savepoint.json`);
  expect(foreign).toContain("wallaroo savepoint JOB --export");
  const newer = zipSync({ "savepoint.json": text('{"wallaroo":"savepoint","form":9}') });
  expect(await failure(elsewhere(newer))).toContain("a savepoint of form 9, and this engine reads");
  const bad = zipSync({ "savepoint.json": text("[1]") });
  expect(await failure(elsewhere(bad))).toContain("its savepoint.json says something else");
});

test("what is missing, or of another size, is named before anything is written", async () => {
  const world = await saved();
  const [first] = world.manifest.tasks[0]!.files;
  const entries = unzipSync(await exported(world));
  delete entries[`files/${first!.name}`];
  const other = elsewhere(zipSync(entries));
  expect(await failure(other)).toContain(`files/${first!.name} is missing in it`);
  entries[`files/${first!.name}`] = new Uint8Array(3);
  const short = elsewhere(zipSync(entries));
  expect(await failure(short)).toContain(`has 3 bytes instead of ${first!.size}`);
  for (const lab of [other, short]) expect(await lab.store.blobs.list("")).toEqual([]);
});

test("a ZIP replaces no file of the store, and names none but files of checkpoints", async () => {
  const world = await saved();
  const zip = await exported(world);
  const [first] = world.manifest.tasks[0]!.files;
  const other = elsewhere(zip);
  await other.store.blobs.put(first!.name, new TextEncoder().encode("of somebody else"));
  expect(await failure(other)).toContain(`has another ${first!.name} already`);
  expect(new TextDecoder().decode(await other.store.blobs.get(first!.name))).toContain("somebody");
  expect(await keptIn(other)).toEqual([]);
});

test("a power failure on the way leaves no savepoint, or a whole one", async () => {
  const world = await saved(5);
  const zip = await exported(world);
  let [without, withIt] = [0, 0];
  for (let stop = 1; withIt === 0; stop++) {
    const other = elsewhere(zip);
    const before = other.disk.calls.length;
    other.disk.onCall = () => {
      if (other.disk.calls.length - before > stop) throw new Error("the power failed");
    };
    const isDone = await importSavepoint(partsOf(other), ZIP).then(
      () => true,
      () => false,
    );
    other.disk.onCall = undefined;
    other.disk.crash();
    const kept = await keptIn(other);
    if (kept.length === 0) without++;
    for (const { name } of kept.length === 0 ? [] : world.manifest.tasks[0]!.files) {
      expect(other.disk.paths()).toContain(`/store/blobs/${name}`);
    }
    if (isDone) {
      expect(kept).toEqual(["sp-7"]);
      withIt++;
    }
  }
  expect(without).toBeGreaterThan(10);
});
