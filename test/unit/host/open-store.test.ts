import { expect, test } from "bun:test";
import { openStore, storeOpener } from "../../../src/host/open-store.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
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
