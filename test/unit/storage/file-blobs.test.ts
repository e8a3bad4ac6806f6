import { expect, test } from "bun:test";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { FileBlobs } from "../../../src/storage/file-blobs.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";

const crypto = systemCrypto();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);

test("a blob is there after a power failure, whole, once it was put", async () => {
  const disk = new SimDisk();
  const blobs = new FileBlobs("/store/blobs", disk, crypto);
  await blobs.put("jobs/a/1.seg", bytes("one"));
  disk.crash();
  const again = new FileBlobs("/store/blobs", disk, crypto);
  expect(text(await again.get("jobs/a/1.seg"))).toBe("one");
  expect(text(await again.read("jobs/a/1.seg", 1, 99))).toBe("ne");
  expect(await again.stat("jobs/a/1.seg")).toMatchObject({ size: 3 });
  expect(disk.openFiles).toBe(0);
});

test("one that is not finished has no name, and leaves nothing when it is given up", async () => {
  const disk = new SimDisk();
  const blobs = new FileBlobs("/store/blobs", disk, crypto);
  const writer = await blobs.create("a/b");
  await writer.write(bytes("xxhalfxx"), 2, 6);
  expect(await blobs.stat("a/b")).toBeUndefined();
  expect(await blobs.list("")).toEqual([]);
  await writer.abort();
  expect(disk.paths()).toEqual([]);
  const other = await blobs.create("a/b");
  await other.write(bytes("xxhalfxx"), 2, 6);
  await other.finish();
  await other.abort();
  expect(text(await blobs.get("a/b"))).toBe("half");
});

test("what a crash left behind is swept, once it is old", async () => {
  const disk = new SimDisk({ now: () => 1_000 });
  const blobs = new FileBlobs("/store/blobs", disk, crypto);
  await blobs.put("a/kept", bytes("1"));
  await blobs.create("a/lost");
  await blobs.create("b/lost");
  expect(await blobs.sweep("a/", 1_000)).toBe(0);
  expect(await blobs.sweep("a/", 1_001)).toBe(1);
  expect(disk.paths()).toHaveLength(2);
  expect(await blobs.sweep("", 1_001)).toBe(1);
  expect(await blobs.sweep("absent/", 1_001)).toBe(0);
  expect(disk.paths()).toEqual(["/store/blobs/a/kept"]);
});

test("names are listed by prefix, in order, and removed", async () => {
  const blobs = new FileBlobs("/store/blobs", new SimDisk(), crypto);
  for (const name of ["b", "a/2", "a/10", "ab/c/d"]) await blobs.put(name, bytes(name));
  const names = async (prefix: string) => (await blobs.list(prefix)).map(({ name }) => name);
  expect(await names("")).toEqual(["a/10", "a/2", "ab/c/d", "b"]);
  expect(await names("a/")).toEqual(["a/10", "a/2"]);
  expect(await names("a")).toEqual(["a/10", "a/2", "ab/c/d"]);
  await blobs.remove("a/2");
  await blobs.remove("a/2");
  expect(await names("a/")).toEqual(["a/10"]);
});

test("no name leads out of the folder", async () => {
  const blobs = new FileBlobs("/store/blobs", new SimDisk(), crypto);
  for (const name of ["../x", "a/../../x", "/etc/x", "", "a//b", ".hidden", "a/.tmp-1", "a\0b"]) {
    const failed = await blobs.put(name, bytes("x")).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "bad_name" });
  }
});

test("a missing blob is said to be missing", async () => {
  const blobs = new FileBlobs("/store/blobs", new SimDisk(), crypto);
  const failed = await blobs.get("a/b").catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "not_found" });
});
