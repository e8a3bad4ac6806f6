import { expect, test } from "bun:test";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { FileStore } from "../../../src/storage/file-store.ts";
import { StrictDisk } from "../../../src/storage/strict-disk.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { codeOf } from "../../support/connector-context.ts";

const BYTES = new TextEncoder().encode("bytes");

function failing(disk: SimDisk, failed: string): void {
  disk.onCall = (call) => {
    if (call === failed) throw new Error("EIO");
  };
}

test.each(["sync", "syncFolder"])(
  "after a failed %s the disk is not used any more",
  async (call) => {
    const disk = new SimDisk();
    const strict = new StrictDisk(disk);
    const file = await strict.open("/a", "create");
    await file.write(BYTES, 0, BYTES.length);
    failing(disk, call);
    const sync = () => (call === "sync" ? file.sync() : strict.syncFolder("/"));
    expect(await codeOf(sync())).toBe("fsync_failed");
    disk.onCall = undefined;
    const before = disk.calls.length;
    for (const attempt of [
      sync(),
      file.write(BYTES, 0, 1),
      file.read(new Uint8Array(1), 1, 0),
      file.truncate(0),
      strict.open("/a", "read"),
      strict.stat("/a"),
      strict.list("/"),
      strict.rename("/a", "/b"),
      strict.link!("/a", "/b"),
      strict.remove("/a"),
      strict.makeFolder("/c"),
    ]) {
      expect(await codeOf(attempt)).toBe("fsync_failed");
    }
    expect(disk.calls.length).toBe(before);
    await file.close();
  },
);

test.each(["sync", "syncFolder"])("a store whose %s failed takes nothing more", async (call) => {
  const disk = new SimDisk();
  const store = new FileStore({ folder: "/store", disk, crypto: systemCrypto() });
  await store.blobs.put("a", BYTES);
  const log = await store.log("job");
  expect(await log.append(0, BYTES)).toBe("ok");
  failing(disk, call);
  expect(await codeOf(store.blobs.put("b", BYTES))).toBe("fsync_failed");
  disk.onCall = undefined;
  expect(await codeOf(store.blobs.put("b", BYTES))).toBe("fsync_failed");
  expect(await codeOf(log.append(1, BYTES))).toBe("fsync_failed");
  expect(disk.openFiles).toBe(0);
});

test("a log's name leads nowhere else", async () => {
  const disk = new SimDisk();
  const store = new FileStore({ folder: "/store", disk, crypto: systemCrypto() });
  for (const name of ["", "..", "../x", "a/../../x", "/x", "a//b", "a\0b", ".x"]) {
    expect(await codeOf(store.log(name))).toBe("bad_name");
    expect(await codeOf(store.blobs.put(name, BYTES))).toBe("bad_name");
  }
  expect(disk.calls).toEqual([]);
});
