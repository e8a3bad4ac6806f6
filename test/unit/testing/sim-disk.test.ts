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
