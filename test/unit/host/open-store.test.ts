import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { openOwnStore, openStore, storeOpener } from "../../../src/host/open-store.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { systemDisk } from "../../../src/storage/system-disk.ts";
import { AppFolder } from "../../support/app-folder.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";

const ports = { disk: new SimDisk(), crypto: systemCrypto() };

test("a folder is named by its URL, with or without a slash at its end", async () => {
  const store = await openStore("file:///var/lib/store/", ports);
  expect(store.url).toBe("file:///var/lib/store");
  await store.blobs.put("a", new Uint8Array(1));
  const other = await openStore("file:///var/lib/store", ports);
  expect(await other.blobs.stat("a")).toMatchObject({ size: 1 });
});

test("what names no store is refused, and said so", async () => {
  for (const url of ["", "/var/lib", "file://host/share", "ftp://x"]) {
    const failed = await openStore(url, ports).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "bad_store" });
  }
});

test("one URL is opened once", async () => {
  const open = storeOpener(ports);
  expect(await open("file:///a")).toBe(await open("file:///a"));
});

test("a folder that is going to be a store is made and tried", async () => {
  using folder = new AppFolder({ file: "" });
  const ports = { disk: systemDisk(), crypto: systemCrypto() };
  const own = `file://${folder.path}/a/store`;
  expect((await openOwnStore(own, ports)).url).toBe(own);
  expect(readdirSync(`${folder.path}/a/store`)).toEqual([]);
  await expect(openOwnStore(`file://${folder.path}/file`, ports)).rejects.toThrow(
    /the store .*\/file cannot be written, name another with --store: cannot make folder/,
  );
});
