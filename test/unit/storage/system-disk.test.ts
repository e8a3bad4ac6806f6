import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utf8 } from "../../../src/codec/utf8.ts";
import { file } from "../../../src/connectors/file/mod.ts";
import type { Disk } from "../../../src/ports/disk.ts";
import { diskError, systemDisk } from "../../../src/storage/system-disk.ts";
import { codeOf, testWorld } from "../../support/connector-context.ts";
import { MemoryDisk } from "../../support/memory-disk.ts";
import { recordsOf } from "../../support/read-source.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "wallaroo-disk-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The disk in memory must behave as the real one: both go through the same tests. */
const DISKS: readonly [string, () => { disk: Disk; root: string }][] = [
  ["the system's disk", () => ({ disk: systemDisk(), root: folder })],
  ["the disk in memory", () => ({ disk: new MemoryDisk(), root: "/" })],
];

async function put(disk: Disk, path: string, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  const opened = await disk.open(path, "append");
  await opened.write(bytes, 0, bytes.length);
  await opened.close();
}

async function textOf(disk: Disk, path: string): Promise<string> {
  const opened = await disk.open(path, "read");
  const into = new Uint8Array(1000);
  const size = await opened.read(into, 1000, 0);
  await opened.close();
  return Buffer.from(into.subarray(0, size)).toString();
}

test.each(DISKS)("%s writes over what is there, and beyond it", async (_, make) => {
  const { disk, root } = make();
  const path = join(root, "over.txt");
  expect(await codeOf(disk.open(path, "update"))).toBe("not_found");
  await put(disk, path, "hello world");
  const opened = await disk.open(path, "update");
  await opened.write(Buffer.from("--HE--"), 2, 4, 0);
  await opened.write(Buffer.from("D, and more"), 0, 11, 10);
  await opened.sync();
  await opened.close();
  expect(await textOf(disk, path)).toBe("HEllo worlD, and more");
});

test.each(DISKS)("%s appends, creates anew, reads from a position, truncates", async (_, make) => {
  const { disk, root } = make();
  const path = join(root, "a.txt");
  await put(disk, path, "hello");
  await put(disk, path, " world");
  expect(await textOf(disk, path)).toBe("hello world");
  const opened = await disk.open(path, "append");
  await opened.write(Buffer.from("xx!!xx"), 2, 4);
  await opened.sync();
  expect((await opened.stat()).size).toBe(13);
  await opened.truncate(5);
  await opened.write(Buffer.from("?"), 0, 1);
  await opened.close();
  const reading = await disk.open(path, "read");
  const into = new Uint8Array(10);
  expect(await reading.read(into, 3, 3)).toBe(3);
  expect(Buffer.from(into.subarray(0, 3)).toString()).toBe("lo?");
  expect(await reading.read(into, 3, 6)).toBe(0);
  await reading.close();
  const anew = await disk.open(path, "create");
  expect((await anew.stat()).size).toBe(0);
  await anew.close();
  await disk.remove(path);
});

test.each(DISKS)("%s makes folders, lists, renames over, removes", async (_, make) => {
  const { disk, root } = make();
  const inner = join(root, "x", "y");
  await disk.makeFolder(inner);
  await disk.makeFolder(inner);
  await put(disk, join(inner, "b"), "b");
  await put(disk, join(inner, "a"), "a");
  await put(disk, join(inner, "B"), "B");
  expect(await disk.list(inner)).toEqual(["B", "a", "b"]);
  const before = await disk.stat(join(inner, "a"));
  await disk.rename(join(inner, "a"), join(inner, "b"));
  expect((await disk.stat(join(inner, "b")))!.inode).toBe(before!.inode);
  expect(await textOf(disk, join(inner, "b"))).toBe("a");
  await disk.syncFolder(inner);
  await disk.remove(join(inner, "b"));
  await disk.remove(join(inner, "b"));
  expect(await disk.list(inner)).toEqual(["B"]);
  expect((await disk.stat(inner))!.isDirectory).toBe(true);
  expect(await disk.stat(join(inner, "none"))).toBeUndefined();
  expect(await disk.stat(join(inner, "B", "below a file"))).toBeUndefined();
});

test.each(DISKS)("%s says what is wrong", async (_, make) => {
  const { disk, root } = make();
  const none = join(root, "none", "a.txt");
  expect(await codeOf(disk.open(none, "read"))).toBe("not_found");
  expect(await codeOf(disk.open(none, "append"))).toBe("not_found");
  expect(await codeOf(disk.list(join(root, "none")))).toBe("not_found");
  expect(await codeOf(disk.rename(none, join(root, "b.txt")))).toBe("not_found");
  await disk.makeFolder(join(root, "folder"));
  expect(await codeOf(disk.open(join(root, "folder"), "append"))).toBe("disk");
  const opened = await disk.open(join(root, "folder"), "read");
  expect((await opened.stat()).isDirectory).toBe(true);
  expect(await codeOf(opened.read(new Uint8Array(1), 1, 0))).toBe("disk");
  await opened.close();
});

test("relative paths start at the folder of the process", () => {
  expect(systemDisk().absolute!("a/../b.txt")).toBe(join(process.cwd(), "b.txt"));
  expect(systemDisk().absolute!("/a/b")).toBe("/a/b");
});

test.each([
  ["ENOENT", "not_found"],
  ["EACCES", "no_access"],
  ["EROFS", "no_access"],
  ["ENOSPC", "disk_full"],
  ["EDQUOT", "disk_full"],
  ["EIO", "disk"],
])("the system's %s is %s, with path and advice", (system, code) => {
  const cause = Object.assign(new Error(`${system}: it says`), { code: system });
  const error = diskError("open", "/a/b.txt", cause);
  expect(error.code).toBe(code);
  expect(error.cause).toBe(cause);
  expect(error.message).toStartWith("cannot open /a/b.txt: ");
  expect(error.message).toContain(system);
});

test("a device that is full says disk_full", async () => {
  const disk = systemDisk();
  if ((await disk.stat("/dev/full")) === undefined) return;
  const full = await disk.open("/dev/full", "append");
  expect(await codeOf(full.write(new Uint8Array(10), 0, 10))).toBe("disk_full");
  await full.close();
});

test("files are written, committed and read on the system's disk", async () => {
  const world = testWorld();
  const out = join(folder, "parts");
  const sink = file.write({ path: out, encode: utf8 });
  const ctx = { ...world.sink(), disk: systemDisk() };
  const writer = await sink.open(ctx);
  const records = Array.from({ length: 20_000 }, (_, i) => `record ${i} with some text to it`);
  for (let i = 0; i < records.length; i += 500) await writer.write(records.slice(i, i + 500));
  const pending = (await writer.prepare(1))!;
  const committer = await sink.committer!(ctx);
  const source = file.read({ path: out, decode: utf8 });
  const reading = { ...world.source, disk: systemDisk() };
  expect(await codeOf(source.splits(reading))).toBe("no_files");
  await committer.commit(pending);
  await committer.commit(pending);
  await writer[Symbol.asyncDispose]();
  const splits = await source.splits(reading);
  expect(splits).toEqual(["part-000-0000000001.txt"]);
  expect(await recordsOf(source, reading, splits[0]!)).toEqual(records);
});

test("after a crash the disk in memory holds what was durable, under durable names", async () => {
  const disk = new MemoryDisk();
  await disk.makeFolder("/d");
  const opened = await disk.open("/d/a", "create");
  await opened.write(Buffer.from("synced"), 0, 6);
  await opened.sync();
  await opened.write(Buffer.from("not"), 0, 3);
  disk.crash();
  expect(disk.paths()).toEqual([]);
  await put(disk, "/d/b", "never synced");
  disk.put("/d/c", "durable");
  await disk.rename("/d/c", "/d/e");
  disk.crash();
  expect(disk.paths()).toEqual(["/d/c"]);
  await disk.rename("/d/c", "/d/e");
  await disk.syncFolder("/d");
  disk.crash();
  expect([disk.paths(), disk.text("/d/e")]).toEqual([["/d/e"], "durable"]);
});

test("a pipe that nobody writes into is told as no file, and not waited for", async () => {
  const path = join(folder, "pipe");
  expect(Bun.spawnSync(["mkfifo", path]).exitCode).toBe(0);
  const opened = await systemDisk().open(path, "read");
  await expect(opened.read(new Uint8Array(4), 4, 0)).rejects.toThrow(
    /pipe: it is a pipe, not a file: read it by standard input/,
  );
  await opened.close();
});
