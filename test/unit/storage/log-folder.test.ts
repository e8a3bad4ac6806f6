import { expect, test } from "bun:test";
import { externalError } from "../../../src/base/errors.ts";
import { LogFolder } from "../../../src/storage/log-folder.ts";
import { segmentName } from "../../../src/storage/log-segment.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";

function world(...segments: number[]) {
  const disk = new SimDisk();
  for (const segment of segments) disk.put(`/log/${segmentName(segment)}`, "x");
  disk.put("/log/accepted-loss", "1 32\n");
  return { disk, folder: new LogFolder({ folder: "/log", disk }) };
}

test("segments are numbered without a gap, and one that is missing is named", async () => {
  const { disk, folder } = world(3, 4, 5);
  expect(folder.numbersOf(await disk.list("/log"))).toEqual([3, 4, 5]);
  disk.drop(folder.pathOf(4));
  const names = await disk.list("/log");
  expect(() => folder.numbersOf(names)).toThrow(
    `the log /log/${segmentName(4)} is missing, and later segments are there: put it back from ` +
      "a copy; or, to go on with the job's state and accept that it is lost, make an empty file " +
      "/log/accept-loss and begin the job again (without a copy, remove those before it, too)",
  );
});

test("segments are removed durably, and nothing else", async () => {
  const { disk, folder } = world(1, 2, 3);
  await folder.remove(1);
  disk.crash();
  expect(folder.numbersOf(await disk.list("/log"))).toEqual([2, 3]);
  await folder.removeAll();
  disk.crash();
  expect(disk.paths()).toEqual(["/log/accepted-loss"]);
});

test("a sync that failed stays what it was, another failure is told with the log", () => {
  const { folder } = world();
  const synced = externalError("fsync_failed", "the disk");
  expect(folder.broken(synced)).toBe(synced);
  expect(folder.broken(new Error("EIO"))).toMatchObject({ code: "log_failed" });
});
