import { expect, test } from "bun:test";
import { RECORD_LOG_SPARES_MAX } from "../../../src/model/limits.ts";
import { segmentName } from "../../../src/storage/log-segment.ts";
import { LogSpares } from "../../../src/storage/log-spares.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";

const FOLDER = "/log";
const pathOf = (segment: number) => `${FOLDER}/${segmentName(segment)}`;

function world(segments: number) {
  const disk = new SimDisk();
  for (let i = 1; i <= segments; i++) disk.put(pathOf(i), `segment ${i}`);
  return { disk, spares: new LogSpares({ folder: FOLDER, disk }) };
}

test("segments become spares up to a limit, and the others are removed", async () => {
  const { disk, spares } = world(RECORD_LOG_SPARES_MAX + 2);
  for (let i = 1; i <= RECORD_LOG_SPARES_MAX + 2; i++) {
    await spares.keep(i);
    expect(disk.paths()).not.toContain(pathOf(i));
  }
  expect(disk.paths().length).toBe(RECORD_LOG_SPARES_MAX);
  // None comes back as a segment.
  disk.crash();
  expect(disk.paths().every((path) => path.endsWith(".spare"))).toBe(true);
});

test("a spare is open to be written over, and is given once", async () => {
  const { disk, spares } = world(1);
  expect(await spares.take()).toBeUndefined();
  await spares.keep(1);
  const spare = (await spares.take())!;
  expect(spare.size).toBe(9);
  await spare.file.write(Buffer.from("SEG"), 0, 3, 0);
  expect(disk.text(spare.path)).toBe("SEGment 1");
  expect(await spares.take()).toBeUndefined();
  await spare.file.close();
  expect(disk.openFiles).toBe(0);
});

test("a spare counts only when it is durable that it is no segment", async () => {
  const { disk, spares } = world(1);
  disk.onCall = (call) => {
    if (call === "syncFolder") throw new Error("EIO");
  };
  expect(await spares.keep(1).catch(String)).toContain("EIO");
  disk.onCall = undefined;
  expect(await spares.take()).toBeUndefined();
});

test("one that cannot be looked at is closed, and one that is discarded is gone", async () => {
  const { disk, spares } = world(2);
  await spares.keep(1);
  await spares.keep(2);
  disk.onCall = (call) => {
    if (call === "stat") throw new Error("EIO");
  };
  expect(await spares.take().catch(String)).toContain("EIO");
  expect(disk.openFiles).toBe(0);
  disk.onCall = undefined;
  const spare = (await spares.take())!;
  await spares.discard(spare);
  expect(disk.paths()).not.toContain(spare.path);
});

test("what another process left is removed, and so is all when room is wanted", async () => {
  const { disk, spares } = world(3);
  disk.put(`${FOLDER}/000000000007.spare`, "x");
  disk.put(`${FOLDER}/other`, "x");
  await spares.sweep(await disk.list(FOLDER));
  expect(disk.paths()).toEqual([pathOf(1), pathOf(2), pathOf(3), `${FOLDER}/other`]);
  await spares.keep(1);
  await spares.keep(2);
  await spares.drop();
  expect(disk.paths()).toEqual([pathOf(3), `${FOLDER}/other`]);
  expect(await spares.take()).toBeUndefined();
});
