import { expect, test } from "bun:test";
import { BundleStore } from "../../../src/coordinator/bundle-store.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { crypto } from "../../support/control-cluster.ts";

const open = (disk: SimDisk): BundleStore => new BundleStore({ folder: "/b", disk, crypto });
const bytes = new TextEncoder().encode("an app");

test("a bundle is there after a power failure, by the hash of what is in it", async () => {
  const disk = new SimDisk();
  const hash = await open(disk).put(bytes);
  disk.crash();
  expect(await open(disk).get(hash)).toEqual(bytes);
  expect(await open(disk).chunk(hash, 3)).toEqual({ size: 6, bytes: bytes.slice(3) });
});

test("one that is missing or damaged is told, and mended by the next put", async () => {
  const disk = new SimDisk();
  const hash = await open(disk).put(bytes);
  disk.put(`/b/${hash}.js`, bytes.slice(1));
  const damaged = await open(disk)
    .get(hash)
    .catch((error: unknown) => error);
  expect(String(damaged)).toContain(`the bundle /b/${hash}.js is damaged: put it back from a copy`);
  expect(await open(disk).put(bytes)).toBe(hash);
  expect(await open(disk).get(hash)).toEqual(bytes);
  await disk.remove(`/b/${hash}.js`);
  await expect(open(disk).get(hash)).rejects.toMatchObject({ code: "no_bundle" });
});

test("one that is too large is refused with the limit", async () => {
  const large = new Uint8Array(64 * 1024 * 1024 + 1);
  await expect(open(new SimDisk()).put(large)).rejects.toMatchObject({ code: "bundle_too_large" });
});
