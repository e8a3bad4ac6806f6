import { expect, test } from "bun:test";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { FileMetaLog } from "../../../src/storage/file-meta-log.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";

const crypto = systemCrypto();
const FOLDER = "/data/log";
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const open = (disk: SimDisk): Promise<FileMetaLog> =>
  FileMetaLog.open({ folder: FOLDER, disk, crypto });
const slotFile = (slot: number): string => `${FOLDER}/${String(slot).padStart(12, "0")}.rec`;

async function contents(log: FileMetaLog): Promise<string[]> {
  const texts: string[] = [];
  for (let slot = 0; slot < (await log.tail()); slot++) {
    texts.push(new TextDecoder().decode(await log.read(slot)));
  }
  return texts;
}

async function threeRecords(): Promise<SimDisk> {
  const disk = new SimDisk();
  const log = await open(disk);
  for (const [slot, text] of ["a", "b", "c"].entries()) {
    expect(await log.append(slot, bytes(text))).toBe("ok");
  }
  return disk;
}

test("records are there after a power failure, in order, with the id of the cluster", async () => {
  const disk = await threeRecords();
  const { clusterId } = await open(disk);
  disk.crash();
  const log = await open(disk);
  expect(await contents(log)).toEqual(["a", "b", "c"]);
  expect(log.clusterId).toBe(clusterId);
  expect(disk.openFiles).toBe(0);
  expect(disk.paths().filter((path) => path.endsWith(".tmp"))).toEqual([]);
});

test("a slot is given to one of two writers, and the other learns what it holds", async () => {
  const disk = await threeRecords();
  const [one, two] = [await open(disk), await open(disk)];
  const outcomes = await Promise.all([one.append(3, bytes("1")), two.append(3, bytes("2"))]);
  expect(outcomes.toSorted()).toEqual(["ok", "taken"]);
  const winner = outcomes[0] === "ok" ? "1" : "2";
  expect(await contents(one)).toEqual(["a", "b", "c", winner]);
  expect(await contents(two)).toEqual(["a", "b", "c", winner]);
});

test("twenty writers fill slots without gaps, each slot once", async () => {
  const disk = await threeRecords();
  const logs = await Promise.all(Array.from({ length: 20 }, () => open(disk)));
  const won: string[] = [];
  await Promise.all(
    logs.map(async (log, i) => {
      for (let turn = 0; turn < 5; turn++) {
        const slot = await log.tail();
        const text = `${i}.${turn}`;
        if ((await log.append(slot, bytes(text))) === "ok") won.push(text);
      }
    }),
  );
  const found = await contents(await open(disk));
  expect(found.slice(3).toSorted()).toEqual(won.toSorted());
});

test("wherever a write breaks off, the record is whole or absent; the next goes on", async () => {
  let points = 0;
  for (let point = 1; ; point++) {
    const disk = await threeRecords();
    const log = await open(disk);
    let calls = 0;
    disk.onCall = (call) => {
      if (++calls === point) throw new Error(`crash before ${call} ${point}`);
    };
    const outcome = await log.append(3, bytes("d")).catch(() => "failed");
    disk.onCall = undefined;
    if (calls < point) break;
    points++;
    disk.crash();
    const after = await open(disk);
    const found = await contents(after);
    if (outcome === "ok") expect(found).toEqual(["a", "b", "c", "d"]);
    else expect([3, 4]).toContain(found.length);
    // A new process goes on wherever the old one stopped.
    expect(await after.append(found.length, bytes("e"))).toBe("ok");
    expect(await contents(await open(disk))).toEqual([...found, "e"]);
  }
  expect(points).toBeGreaterThan(6);
});

test("an append of unknown outcome is settled by the same call again", async () => {
  const disk = await threeRecords();
  const log = await open(disk);
  const { WallarooError } = await import("../../../src/base/errors.ts");
  disk.onCall = (call) => {
    if (call === "syncFolder") throw new WallarooError("disk", "EIO", { domain: "external" });
  };
  expect(await log.append(3, bytes("d"))).toBe("unknown");
  disk.onCall = undefined;
  expect(await log.append(3, bytes("d"))).toBe("ok");
  expect(await log.append(3, bytes("other"))).toBe("taken");
  expect(await contents(log)).toEqual(["a", "b", "c", "d"]);
});

test("every flipped bit and every cut of a record is found, and the record is named", async () => {
  const whole = await threeRecords();
  const size = Buffer.from(whole.text(slotFile(0)), "latin1").length;
  expect(size).toBeGreaterThan(80);
  const file = await whole.open(slotFile(1), "read");
  const original = new Uint8Array((await file.stat()).size);
  await file.read(original, original.length, 0);
  for (let at = 0; at < original.length; at++) {
    const disk = await threeRecords();
    const flipped = original.slice();
    flipped[at]! ^= 1 << (at % 8);
    disk.put(slotFile(1), flipped);
    await expect(open(disk)).rejects.toThrow(/record 1 of the log .*is damaged/);
    disk.put(slotFile(1), original.subarray(0, at));
    await expect(open(disk)).rejects.toThrow(/record 1 of the log .*is damaged/);
  }
});

test("a record of another log and a missing one are refused", async () => {
  const disk = await threeRecords();
  const other = await threeRecords();
  const file = await other.open(slotFile(2), "read");
  const foreign = new Uint8Array((await file.stat()).size);
  await file.read(foreign, foreign.length, 0);
  disk.put(slotFile(2), foreign);
  await expect(open(disk)).rejects.toThrow(/another cluster/);
  disk.drop(slotFile(1));
  await expect(open(disk)).rejects.toThrow(/record 1 of the log .* is missing/);
  await expect((await open(new SimDisk())).append(1, bytes("x"))).rejects.toThrow(/missing/);
});

test("records that were dropped stay away, and the others go on where they were", async () => {
  const disk = await threeRecords();
  const log = await open(disk);
  await log.trim(2);
  expect(await log.head()).toBe(2);
  disk.crash();
  const again = await open(disk);
  expect([await again.head(), await again.tail()]).toEqual([2, 3]);
  expect(await again.append(3, bytes("d"))).toBe("ok");
  const failed = await again.read(1).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "log_gap" });
});

test("the newest record stays, whatever is dropped", async () => {
  const disk = await threeRecords();
  await (await open(disk)).trim(9);
  const log = await open(disk);
  expect([await log.head(), await log.tail()]).toEqual([2, 3]);
});

test("slots that are missing without having been dropped are told", async () => {
  const disk = await threeRecords();
  await (await open(disk)).trim(1);
  await disk.remove(slotFile(1));
  const failed = await open(disk).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "log_gap" });
});

test("a writer that slept takes no slot that was dropped meanwhile", async () => {
  const disk = await threeRecords();
  const [sleeper, reader, leader] = [await open(disk), await open(disk), await open(disk)];
  for (const slot of [3, 4, 5]) expect(await leader.append(slot, bytes("new"))).toBe("ok");
  await leader.trim(5);
  expect(await sleeper.append(3, bytes("old"))).toBe("taken");
  // What it left there is no record for anybody who reads on from there, or begins.
  const failed = await reader.read(3).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "log_gap" });
  expect(await sleeper.append(3, bytes("old")).catch(() => "taken")).toBe("taken");
  const again = await open(disk);
  expect([await again.head(), await again.tail()]).toEqual([5, 6]);
});

test("a writer that slept while others dropped more does not bring anything back", async () => {
  const disk = await threeRecords();
  const [sleeper, leader] = [await open(disk), await open(disk)];
  for (const slot of [3, 4, 5]) expect(await leader.append(slot, bytes("new"))).toBe("ok");
  let isAsleep = false;
  disk.onCall = async (call, path) => {
    // The writer of the lower number sleeps before it takes effect, until all is over.
    if (isAsleep || !/^(?:rename .*\.tmp|link .*\.head)$/.test(`${call} ${path}`)) return;
    isAsleep = true;
    await leader.trim(5);
  };
  await sleeper.trim(2);
  expect(isAsleep).toBe(true);
  disk.crash();
  const again = await open(disk);
  expect([await again.head(), await again.tail()]).toEqual([5, 6]);
  expect(disk.paths()).toEqual([`${FOLDER}/000000000005.head`, slotFile(5)]);
});

test("what says from where on records count is checked", async () => {
  const disk = await threeRecords();
  await (await open(disk)).trim(2);
  disk.put(`${FOLDER}/000000000002.head`, "1\n");
  await expect(open(disk)).rejects.toThrow(/000000000002.head is damaged/);
});
