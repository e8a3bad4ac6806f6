import { expect, test } from "bun:test";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { FileStore } from "../../../src/storage/file-store.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";

test("logs and blobs of one folder are there after a power failure", async () => {
  const disk = new SimDisk();
  const settings = { folder: "/store", disk, crypto: systemCrypto() };
  const store = new FileStore(settings);
  const log = await store.log("jobs/a-1");
  expect(await log.append(0, new Uint8Array([1]))).toBe("ok");
  await store.blobs.put("jobs/a-1/x", new Uint8Array([2]));
  disk.crash();
  const again = new FileStore(settings);
  expect(await (await again.log("jobs/a-1")).read(0)).toEqual(new Uint8Array([1]));
  expect(await again.blobs.get("jobs/a-1/x")).toEqual(new Uint8Array([2]));
  expect(await (await again.log("jobs/b-1")).tail()).toBe(0);
});
