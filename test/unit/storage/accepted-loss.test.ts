import { expect, test } from "bun:test";
import { AcceptedLoss } from "../../../src/storage/accepted-loss.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { codeOf } from "../../support/connector-context.ts";
import { NotedLog } from "../../support/noted-log.ts";
import { append, contentOf, FIRST, FOLDER, open, textsOf } from "../../support/record-log.ts";

const ASKED = "/log/accept-loss";
const at = (segment: number, offset: number) => ({ segment, offset });

test("without the file nothing may be lost", async () => {
  const disk = new SimDisk();
  await disk.makeFolder("/log");
  const loss = await AcceptedLoss.open("/log", disk);
  expect([loss.isNew, loss.covers(at(1, 0))]).toEqual([false, false]);
});

test("it reaches to a place, over power failures, until the log begins behind it", async () => {
  const disk = new SimDisk();
  disk.put(ASKED, "");
  const first = await AcceptedLoss.open("/log", disk);
  expect(first.isNew).toBeTrue();
  await first.reach(at(3, 70));
  disk.crash();
  const loss = await AcceptedLoss.open("/log", disk);
  expect(loss.isNew).toBeFalse();
  expect([loss.covers(at(3, 69)), loss.covers(at(3, 70))]).toEqual([true, false]);
  await loss.dropBefore(3);
  expect(loss.covers(at(1, 0))).toBeTrue();
  await loss.dropBefore(4);
  disk.crash();
  expect((await AcceptedLoss.open("/log", disk)).covers(at(1, 0))).toBeFalse();
  expect(disk.paths()).toEqual([]);
});

test("a crash while it is noted leaves what people made, or the note", async () => {
  for (const bad of ["write", "sync", "syncFolder", "remove"]) {
    const disk = new SimDisk();
    disk.put(ASKED, "");
    const loss = await AcceptedLoss.open("/log", disk);
    disk.onCall = (call) => {
      if (call === bad) throw new Error("power");
    };
    await loss.reach(at(2, 50)).catch(() => undefined);
    disk.onCall = undefined;
    disk.crash();
    const again = await AcceptedLoss.open("/log", disk);
    expect([bad, again.isNew]).toEqual([bad, true]);
    expect(disk.openFiles).toBe(0);
  }
});

/** Flips a bit of a file. */
async function flip(disk: SimDisk, path: string, at: number): Promise<void> {
  const bytes = await contentOf(disk, path);
  bytes[at]! ^= 1;
  disk.put(path, bytes);
}

test("damage stops who reads it, and nobody who reads on behind it", async () => {
  const disk = new SimDisk();
  const stored = await append(await open(disk), "one", "two", "three");
  await flip(disk, FIRST, stored[1]!.next.offset - 1);
  const noted = new NotedLog();
  const log = await open(disk, noted);
  expect(noted.lines.map(({ level, text }) => [level, text.includes("is damaged")])).toEqual([
    ["warn", true],
  ]);
  await append(log, "four");
  expect(Buffer.from((await log.read(stored[2]!.place))!.bytes).toString()).toBe("three");
  expect(await codeOf(textsOf(log))).toBe("log_damaged");
});

test("a file that people make accepts what is damaged then, and nothing later", async () => {
  const disk = new SimDisk();
  const stored = await append(await open(disk), "one", "two", "three");
  await flip(disk, FIRST, stored[1]!.next.offset - 1);
  const told = await textsOf(await open(disk)).catch((error: Error) => error.message);
  expect(told).toContain(`make an empty file ${FOLDER}/accept-loss and begin the job again`);
  disk.put(`${FOLDER}/accept-loss`, "");
  const log = await open(disk);
  expect(await textsOf(log)).toEqual(["one", "three"]);
  const later = await append(log, "four", "five");
  disk.crash();
  expect(await textsOf(await open(disk))).toEqual(["one", "three", "four", "five"]);
  await flip(disk, FIRST, later[0]!.next.offset - 1);
  expect(await codeOf(textsOf(await open(disk)))).toBe("log_damaged");
});

test("what is gone is passed once that was accepted, and no place is used twice", async () => {
  const disk = new SimDisk();
  const stored = await append(await open(disk, undefined, 100), ..."abc".split("").map(long));
  const [old, newest] = [stored[1]!.place, stored[2]!.next];
  for (const path of disk.paths()) disk.drop(path);
  expect(await (await open(disk)).passLoss(newest)).toBeUndefined();
  disk.put(`${FOLDER}/accept-loss`, "");
  const log = await open(disk);
  expect(await log.passLoss(newest)).toEqual(log.end);
  expect(log.begin.segment).toBe(newest.segment + 1);
  await append(log, "new");
  disk.crash();
  const again = await open(disk, undefined, 10);
  expect(await again.passLoss(old)).toEqual(again.begin);
  expect(await again.passLoss({ segment: 99, offset: 32 })).toBeUndefined();
  expect(await textsOf(again)).toEqual(["new"]);
  await append(again, long("d"));
  await again.dropBefore(again.end);
  expect(disk.paths().filter((path) => path.includes("accept"))).toEqual([]);
  expect(await again.passLoss(old)).toBeUndefined();
});

test("a newest segment that was cut goes on in the next one when that was accepted", async () => {
  const disk = new SimDisk();
  const stored = await append(await open(disk), "one", "two");
  disk.cut(FIRST, stored[1]!.place.offset);
  disk.put(`${FOLDER}/accept-loss`, "");
  const log = await open(disk);
  await log.passLoss(stored[1]!.next);
  await append(log, "three");
  expect(await log.read(stored[1]!.next)).toMatchObject({ place: { segment: 2 } });
  expect(await textsOf(log)).toEqual(["one", "three"]);
});

test("a newest segment without its header is passed when that was accepted", async () => {
  const disk = new SimDisk();
  await append(await open(disk), "one");
  await flip(disk, FIRST, 0);
  expect(await codeOf(open(disk))).toBe("log_damaged");
  disk.put(`${FOLDER}/accept-loss`, "");
  await append(await open(disk), "two");
  disk.crash();
  expect(await textsOf(await open(disk))).toEqual(["two"]);
});

function long(letter: string): string {
  return letter.repeat(100);
}
