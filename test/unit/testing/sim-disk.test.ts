import { expect, test } from "bun:test";
import { codeOf } from "../../support/connector-context.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";

async function write(disk: SimDisk, path: string, text: string) {
  const file = await disk.open(path, "append");
  await file.write(Buffer.from(text), 0, text.length);
  return file;
}

test("a crash takes what was not synced, bytes and names", async () => {
  const disk = new SimDisk();
  await disk.makeFolder("/data");
  const kept = await write(disk, "/data/kept", "one");
  await kept.sync();
  await disk.syncFolder("/data");
  await kept.write(Buffer.from("two"), 0, 3);
  const nameless = await write(disk, "/data/nameless", "x");
  await nameless.sync();
  disk.crash();
  expect(disk.paths()).toEqual(["/data/kept"]);
  expect(disk.text("/data/kept")).toBe("one");
});

test("a full disk takes what fits and says so; a denied path is refused", async () => {
  const disk = new SimDisk({ capacity: 4 });
  expect(await codeOf(write(disk, "/a", "12345"))).toBe("disk_full");
  expect(disk.text("/a")).toBe("1234");
  disk.deny("/a");
  expect(await codeOf(disk.open("/a", "read"))).toBe("no_access");
  disk.allow("/a");
  await (await disk.open("/a", "read")).close();
  expect(await codeOf(disk.open("/nothing/here", "append"))).toBe("not_found");
});

test("a torn crash leaves what it is told to of what was not synced", async () => {
  const disk = new SimDisk();
  await disk.makeFolder("/data");
  const file = await write(disk, "/data/file", "one");
  await file.sync();
  await disk.syncFolder("/data");
  await file.write(Buffer.from("two"), 0, 3);
  await write(disk, "/data/new", "new");
  disk.crash({ hasName: () => true, content: (_durable, written) => written.subarray(0, 4) });
  expect(disk.paths()).toEqual(["/data/file", "/data/new"]);
  expect([disk.text("/data/file"), disk.text("/data/new")]).toEqual(["onet", "new"]);
  await disk.remove("/data/new");
  disk.crash({ hasName: () => false, content: (durable) => durable });
  expect(disk.paths()).toEqual(["/data/file"]);
  // What survived one crash is durable, and survives the next.
  disk.crash();
  expect(disk.text("/data/file")).toBe("onet");
});

test("a file that is open for update is written over, and what is synced survives", async () => {
  const disk = new SimDisk({ capacity: 6 });
  expect(await codeOf(disk.open("/file", "update"))).toBe("not_found");
  disk.put("/file", "abcdef");
  const file = await disk.open("/file", "update");
  await file.write(Buffer.from("XY"), 0, 2, 1);
  expect(disk.text("/file")).toBe("aXYdef");
  await file.sync();
  await file.write(Buffer.from("Z"), 0, 1, 0);
  expect(await codeOf(file.write(Buffer.from("123"), 0, 3, 5))).toBe("disk_full");
  expect(disk.text("/file")).toBe("ZXYde1");
  disk.crash();
  expect(disk.text("/file")).toBe("aXYdef");
});
