import { expect, test } from "bun:test";
import { openStoreParts } from "../../../src/host/store-parts.ts";
import { AppFolder } from "../../support/app-folder.ts";

test("a store is opened with the disk of this machine, or refused", async () => {
  using folder = new AppFolder({ "a.txt": "a" });
  const { store, disk } = await openStoreParts(`file://${folder.path}/store`);
  await store.blobs.put("x/y", new Uint8Array(3));
  expect(await disk.stat(`${folder.path}/store/blobs/x/y`)).toMatchObject({ size: 3 });
  expect(await openStoreParts("ftp://here").catch(String)).toContain("ftp://here");
});
