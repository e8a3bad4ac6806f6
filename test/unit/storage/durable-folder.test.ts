import { expect, test } from "bun:test";
import { makeDurable } from "../../../src/storage/durable-folder.ts";
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
