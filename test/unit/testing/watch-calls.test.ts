import { expect, test } from "bun:test";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { watched } from "../../../src/testing/watch-calls.ts";

test("calls of a disk and of its files are counted while they are under way", async () => {
  const calls = { count: 0 };
  const disk = watched(new SimDisk(), calls);
  const opening = disk.open("/a", "create");
  expect(calls.count).toBe(1);
  const file = await opening;
  expect(calls.count).toBe(0);
  const writing = [file.write(Buffer.from("one"), 0, 3), disk.stat("/a")];
  expect(calls.count).toBe(2);
  await Promise.all(writing);
  await expect(disk.open("/no/such/folder", "read")).rejects.toThrow("nothing of that name");
  expect(calls.count).toBe(0);
  expect(disk.text("/a")).toBe("one");
});
