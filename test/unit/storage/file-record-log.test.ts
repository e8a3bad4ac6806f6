import { expect, test } from "bun:test";
import { RECORD_LOG_SPARES_MAX } from "../../../src/model/limits.ts";
import type { RecordLog } from "../../../src/ports/record-log.ts";
import { SEGMENT_HEADER_BYTES } from "../../../src/storage/log-segment.ts";
import { StrictDisk } from "../../../src/storage/strict-disk.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { codeOf } from "../../support/connector-context.ts";
import { NotedLog } from "../../support/noted-log.ts";
import {
  append,
  block,
  contentOf,
  FIRST,
  FOLDER,
  open,
  textsOf,
} from "../../support/record-log.ts";

test("blocks come back in order, over segments, openings and power failures", async () => {
  const disk = new SimDisk();
  const first = await open(disk, undefined, 100);
  await append(first, "one", "two", "x".repeat(200), "three");
  expect(first.end.segment).toBeGreaterThan(1);
  disk.crash();
  const again = await open(disk, undefined, 100);
  await append(again, "four");
  expect(await textsOf(again)).toEqual(["one", "two", "x".repeat(200), "three", "four"]);
  expect(await again.read(again.end)).toBeUndefined();
  await first.close();
  await again.close();
  expect(disk.openFiles).toBe(0);
});

test("an appended block says where it stands, and is read from there", async () => {
  const log = await open(new SimDisk());
  const [one, two] = await append(log, "one", "two");
  expect(one!.next).toEqual(two!.place);
  expect(log.end).toEqual(two!.next);
  expect(Buffer.from((await log.read(two!.place))!.bytes).toString()).toBe("two");
});

test("segments before a place are removed, those with it and behind it stay", async () => {
  const disk = new SimDisk();
  const log = await open(disk, undefined, 100);
  const stored = await append(log, "a".repeat(100), "b".repeat(100), "c".repeat(100));
  await Promise.all([log.dropBefore(stored[1]!.place), log.dropBefore(stored[1]!.place)]);
  expect(log.begin).toEqual(stored[1]!.place);
  expect((await textsOf(log)).map((text) => text[0])).toEqual(["b", "c"]);
  await log.dropBefore({ segment: 99, offset: 0 });
  expect((await textsOf(log)).map((text) => text[0])).toEqual(["c"]);
  disk.crash();
  expect((await textsOf(await open(disk))).map((text) => text[0])).toEqual(["c"]);
});

test("segments are written over when nobody needs them: nothing of them comes back", async () => {
  const disk = new SimDisk();
  const log = await open(disk, undefined, 300);
  const texts = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => `${from + i}`.repeat(20));
  const stored = await append(log, ...texts(100, 30));
  const before = new Set(await inodesOf(disk));
  await log.dropBefore(stored.at(-1)!.place);
  const spares = disk.paths().filter((path) => path.endsWith(".spare"));
  expect(spares.length).toBe(RECORD_LOG_SPARES_MAX);
  const kept = await textsOf(log);
  await append(log, ...texts(200, 12));
  // The files are the same; the newest still has bytes of an older one behind its end.
  expect((await inodesOf(disk)).every((inode) => before.has(inode))).toBe(true);
  expect((await disk.stat(`${FOLDER}/${nameOf(log)}`))!.size).toBeGreaterThan(log.end.offset);
  const all = [...kept, ...texts(200, 12)];
  expect(await textsOf(log)).toEqual(all);
  disk.crash();
  const noted = new NotedLog();
  const again = await open(disk, noted, 300);
  expect(noted.lines).toEqual([]);
  expect(await textsOf(again)).toEqual(all);
  expect(disk.paths().filter((path) => path.endsWith(".spare"))).toEqual([]);
  await append(again, "more");
  expect(await textsOf(again)).toEqual([...all, "more"]);
});

test("a segment that ends before the file that it lies in is cut when full", async () => {
  const disk = new SimDisk();
  const log = await open(disk, undefined, 100);
  const stored = await append(log, "l".repeat(500), "m".repeat(500), "n".repeat(500));
  await log.dropBefore(stored[2]!.place);
  const small = "opqrst".split("").map((text) => text.repeat(60));
  await append(log, ...small);
  const all = ["n".repeat(500), ...small];
  expect(await textsOf(log)).toEqual(all);
  disk.crash();
  expect(await textsOf(await open(disk))).toEqual(all);
});

test("wherever the power fails while one is written over, what was kept is there", async () => {
  const parts = ["none", "some", "all"] as const;
  let crashes = 0;
  for (let at = 0, isOver = false; !isOver; at++) {
    for (const part of parts) {
      const disk = new SimDisk();
      const log = await open(disk, undefined, 150);
      const stored = await append(log, ..."abcdefgh".split("").map((text) => text.repeat(60)));
      await log.dropBefore(stored.at(-2)!.place);
      const whole = ["g".repeat(60), "h".repeat(60)];
      const maybe = "ijklm".split("").map((text) => text.repeat(60));
      let left = at;
      disk.onCall = () => {
        if (left-- <= 0) throw new Error("the power failed");
      };
      isOver = true;
      for (const text of maybe) {
        const isStored = await append(log, text).then(
          () => true,
          () => false,
        );
        if (!isStored) {
          isOver = false;
          break;
        }
        whole.push(text);
      }
      disk.onCall = undefined;
      crashes++;
      disk.crash({
        hasName: () => part === "all",
        content: (durable, written) => {
          if (part !== "some") return part === "all" ? written : durable;
          const mixed = Uint8Array.from(written);
          for (let i = 0; i < durable.length && i < mixed.length; i++) {
            if ((i >> 3) % 2 === 0) mixed[i] = durable[i]!;
          }
          return mixed;
        },
      });
      const found = await textsOf(await open(disk));
      expect(found.slice(0, whole.length)).toEqual(whole);
      // One more may be there that was written and not told of.
      expect([...whole, ...maybe.slice(whole.length - 2)].slice(0, found.length)).toEqual(found);
    }
  }
  expect(crashes).toBeGreaterThan(60);
});

test("a full disk gets the spare files back", async () => {
  const disk = new SimDisk();
  const log = await open(disk, undefined, 150);
  const stored = await append(log, ..."abcdefgh".split("").map((text) => text.repeat(60)));
  await log.dropBefore(stored.at(-1)!.place);
  disk.capacity = disk.paths().reduce((sum, path) => sum + disk.text(path, "latin1").length, 0);
  const large = "x".repeat(250);
  expect(await codeOf(append(log, large))).toBe("disk_full");
  expect(disk.paths().filter((path) => path.endsWith(".spare"))).toEqual([]);
  await append(log, large);
  disk.crash();
  expect(await textsOf(await open(disk))).toEqual(["g".repeat(60), "h".repeat(60), large]);
});

test("what a crash tore off is cut, and said", async () => {
  const disk = new SimDisk();
  const log = await open(disk);
  await append(log, "kept");
  const { size } = (await disk.stat(FIRST))!;
  // The tag of the segment, with which every block of it begins.
  const tag = (await contentOf(disk, FIRST)).subarray(24, 28);
  disk.grow(FIRST, Buffer.concat([tag, Buffer.from("half a block")]));
  const noted = new NotedLog();
  const again = await open(disk, noted);
  expect(noted.lines[0]).toMatchObject({ level: "warn", fields: { at: size } });
  expect((await disk.stat(FIRST))!.size).toBe(size);
  await append(again, "next");
  expect(await textsOf(again)).toEqual(["kept", "next"]);
});

test("a full disk refuses a block, keeps nothing of it, and later takes another", async () => {
  const disk = new SimDisk();
  const log = await open(disk);
  await append(log, "kept");
  const { size } = (await disk.stat(FIRST))!;
  disk.capacity = size + 30;
  expect(await codeOf(log.append(block(log, "y".repeat(100))))).toBe("disk_full");
  expect((await disk.stat(FIRST))!.size).toBe(size);
  disk.capacity = Infinity;
  await append(log, "later");
  disk.crash();
  expect(await textsOf(await open(disk))).toEqual(["kept", "later"]);
});

test("a disk without room for another segment is no end either", async () => {
  const disk = new SimDisk();
  const log = await open(disk, undefined, 50);
  await append(log, "z".repeat(60));
  disk.capacity = (await disk.stat(FIRST))!.size + SEGMENT_HEADER_BYTES - 1;
  for (let i = 0; i < 2; i++) expect(await codeOf(append(log, "more"))).toBe("disk_full");
  expect(await textsOf(log)).toEqual(["z".repeat(60)]);
  disk.capacity = Infinity;
  await append(log, "more");
  expect((await textsOf(log)).at(-1)).toBe("more");
});

test.each(["sync", "syncFolder"])("after a failed %s nothing is appended any more", async (bad) => {
  const disk = new SimDisk();
  const log = await open(new StrictDisk(disk));
  disk.onCall = (call) => {
    if (call === bad) throw new Error("EIO");
  };
  expect(await codeOf(append(log, "lost"))).toBe("fsync_failed");
  disk.onCall = undefined;
  const before = disk.calls.length;
  expect(await codeOf(append(log, "never"))).toBe("fsync_failed");
  expect(disk.calls.length).toBe(before);
});

test("a write that failed for another reason than room is final", async () => {
  const disk = new SimDisk();
  const log = await open(disk);
  await append(log, "one");
  disk.onCall = (call) => {
    if (call === "write") throw new Error("EIO");
  };
  expect(await codeOf(append(log, "two"))).not.toBe("no error");
  disk.onCall = undefined;
  expect(await codeOf(append(log, "three"))).toBe("log_failed");
});

test("every flipped bit is found: what comes back is what was appended, or an error", async () => {
  const texts = ["first", "second", "third"];
  const disk = new SimDisk();
  await append(await open(disk, undefined, 90), ...texts);
  const paths = disk.paths();
  expect(paths.length).toBeGreaterThan(1);
  for (const path of paths) {
    const good = await contentOf(disk, path);
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bad = Uint8Array.from(good);
      bad[bit >> 3]! ^= 1 << (bit & 7);
      disk.put(path, bad);
      const found = await open(disk)
        .then((log) => textsOf(log))
        .catch((error: unknown) => codeOf(() => Promise.reject(error)));
      // The newest block cannot be told from one that a crash tore.
      const isCut = Array.isArray(found) && path === paths.at(-1);
      if (isCut) expect(texts.slice(0, found.length)).toEqual(found);
      else expect(["log_damaged", "log_newer"]).toContain(found as string);
      disk.put(path, good);
    }
  }
});

test("what is missing, of a later version or closed is told", async () => {
  const disk = new SimDisk();
  const log = await open(disk, undefined, 50);
  await append(log, "1".repeat(60), "2".repeat(60), "3".repeat(60));
  await log.close();
  expect(await codeOf(append(log, "x"))).toBe("log_closed");
  const second = await contentOf(disk, `${FOLDER}/000000000002.log`);
  disk.drop(`${FOLDER}/000000000002.log`);
  expect(await codeOf(open(disk))).toBe("log_gap");
  disk.put(`${FOLDER}/000000000002.log`, second);
  await (await open(disk)).close();
  expect(disk.openFiles).toBe(0);
});

async function inodesOf(disk: SimDisk): Promise<number[]> {
  return await Promise.all(disk.paths().map(async (path) => (await disk.stat(path))!.inode));
}

const nameOf = (log: RecordLog) => `${String(log.end.segment).padStart(12, "0")}.log`;
