import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { externalError } from "../../../src/base/errors.ts";
import { createInside, makeDurable } from "../../../src/storage/durable-folder.ts";
import { systemDisk } from "../../../src/storage/system-disk.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";

test("the names of a folder and of those above it are made durable, up to the root", async () => {
  const synced: string[] = [];
  const disk = new SimDisk();
  const syncFolder = disk.syncFolder.bind(disk);
  disk.syncFolder = async (path) => {
    synced.push(path);
    await syncFolder(path);
  };
  await makeDurable(disk, "/store/logs/jobs/a", "/store");
  expect(synced).toEqual(["/store/logs/jobs", "/store/logs", "/store"]);
});

test("a folder that is gone is told as such; other failures stay what they are", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wallaroo-gone-"));
  const disk = systemDisk();
  const file = await createInside(disk, folder, `${folder}/a`);
  await file.close();
  rmSync(folder, { recursive: true });
  const gone = await createInside(disk, folder, `${folder}/b`).catch((error: unknown) => error);
  expect(gone).toMatchObject({ code: "folder_gone", domain: "external" });
  expect(String(gone)).toContain(`the folder ${folder} was there and is gone: was it moved or`);
  const full = new SimDisk();
  full.open = () => Promise.reject(externalError("disk_full", "it is full"));
  await expect(createInside(full, "/a", "/a/b")).rejects.toMatchObject({ code: "disk_full" });
});
