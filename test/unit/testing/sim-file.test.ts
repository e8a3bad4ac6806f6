import { expect, test } from "bun:test";
import { codeOf } from "../../support/connector-context.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";

test("an open file reads on after its name is gone, and a closed one refuses", async () => {
  const disk = new SimDisk();
  disk.put("/a", "hello");
  const file = await disk.open("/a", "read");
  disk.drop("/a");
  const into = new Uint8Array(10);
  expect(await file.read(into, 10, 1)).toBe(4);
  expect(Buffer.from(into.subarray(0, 4)).toString()).toBe("ello");
  expect(await file.read(into, 10, 5)).toBe(0);
  expect(disk.openFiles).toBe(1);
  await file.close();
  await file.close();
  expect(disk.openFiles).toBe(0);
  expect(await codeOf(file.read(into, 1, 0))).toBe("disk");
});

test("a file that is truncated has its new size", async () => {
  const disk = new SimDisk({ now: () => 7 });
  disk.put("/a", "hello");
  const file = await disk.open("/a", "append");
  await file.truncate(2);
  expect(await file.stat()).toMatchObject({ size: 2, modifiedMs: 7, isDirectory: false });
  expect(disk.text("/a")).toBe("he");
});
