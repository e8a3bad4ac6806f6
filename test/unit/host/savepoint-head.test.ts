import { expect, test } from "bun:test";
import { readSavepointFile } from "../../../src/host/savepoint-head.ts";
import { elsewhere, exported, LINEAGE, saved, ZIP } from "../../support/zip-world.ts";

test("a file tells its savepoint without being brought anywhere", async () => {
  const world = await saved();
  const lab = elsewhere(await exported(world));
  const head = await readSavepointFile(lab, ZIP);
  expect(head).toMatchObject({ lineage: LINEAGE, savepoint: "sp-7", manifest: world.manifest });
  expect(lab.disk.paths()).toEqual([ZIP]);
  expect(lab.disk.openFiles).toBe(0);
});

test("a file that is none is said to be", async () => {
  const lab = elsewhere(new Uint8Array(100));
  await expect(readSavepointFile(lab, ZIP)).rejects.toMatchObject({ code: "bad_zip" });
});
