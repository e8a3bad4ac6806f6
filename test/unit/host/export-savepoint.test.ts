import { expect, test } from "bun:test";
import { unzipSync } from "fflate";
import { checkTarget, exportSavepoint } from "../../../src/host/export-savepoint.ts";
import { bytesOf, exported, LINEAGE, partsOf, saved, ZIP } from "../../support/zip-world.ts";

test("a savepoint becomes a ZIP: what it is, its manifest, its files", async () => {
  const world = await saved();
  const entries = unzipSync(await exported(world));
  const about: unknown = JSON.parse(new TextDecoder().decode(entries["savepoint.json"]));
  expect(about).toMatchObject({ wallaroo: "savepoint", form: 1, lineage: LINEAGE, epoch: 7 });
  const files = world.manifest.tasks.flatMap((task) => task.files);
  expect(files).toHaveLength(2);
  for (const { name } of files) {
    expect(entries[`files/${name}`]).toEqual(
      Uint8Array.from(await world.lab.store.blobs.get(name)),
    );
  }
});

test("the same savepoint gives the same bytes", async () => {
  expect(await exported(await saved())).toEqual(await exported(await saved()));
});

test("a file that is there is not replaced, and one whose writing fails is not there", async () => {
  const world = await saved();
  const { lab, savepoint } = world;
  const wanted = { lineage: LINEAGE, savepoint, path: ZIP };
  lab.disk.put(ZIP, "mine");
  const refused = await exportSavepoint(partsOf(lab), wanted).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "file_exists" });
  expect(lab.disk.text(ZIP)).toBe("mine");
  lab.disk.drop(ZIP);
  lab.disk.capacity = 3_000;
  const full = await exportSavepoint(partsOf(lab), wanted).catch((error: unknown) => error);
  expect(full).toMatchObject({ code: "disk_full" });
  expect(lab.disk.paths().filter((path) => path.startsWith("/out"))).toEqual([]);
  expect(lab.disk.openFiles).toBe(0);
});

test("a target that cannot be written is told by its own name, and nothing is left", async () => {
  const { lab } = await saved();
  const told = (path: string): Promise<unknown> =>
    checkTarget(lab.disk, path).catch((error: unknown) => error);
  await lab.disk.makeFolder("/out");
  expect(await told(ZIP)).toBeUndefined();
  expect(lab.disk.paths().filter((path) => path.startsWith("/out"))).toEqual([]);
  lab.disk.put(ZIP, "mine");
  expect(await told(ZIP)).toMatchObject({ code: "file_exists" });
  expect(await told("/none/a.zip")).toMatchObject({
    code: "no_target",
    message: "/none/a.zip cannot be written: there is no folder /none; no savepoint was taken",
  });
  expect(lab.disk.openFiles).toBe(0);
});

test("a file that is damaged is not exported, and named", async () => {
  const { lab, manifest, savepoint } = await saved();
  const { name } = manifest.tasks[0]!.files[0]!;
  const bytes = bytesOf(lab, `/store/blobs/${name}`);
  bytes[bytes.length >> 1]! ^= 1;
  lab.disk.put(`/store/blobs/${name}`, bytes);
  await lab.disk.makeFolder("/out");
  const wanted = { lineage: LINEAGE, savepoint, path: ZIP };
  const failed = await exportSavepoint(partsOf(lab), wanted).catch((error: unknown) => error);
  expect(String(failed)).toContain(`${name} is damaged`);
  expect(await lab.disk.stat(ZIP)).toBeUndefined();
});

test("a store that does not have the savepoint is named", async () => {
  const { lab } = await saved();
  const wanted = { lineage: LINEAGE, savepoint: "sp-99", path: ZIP };
  const failed = await exportSavepoint(partsOf(lab), wanted).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "no_checkpoint" });
  expect(String(failed)).toContain("sp-99 of test-0123456789ab is not in file:///store");
});
