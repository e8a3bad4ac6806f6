import { expect, test } from "bun:test";
import { utf8 } from "../../../../src/codec/utf8.ts";
import { file, type FileReadOptions } from "../../../../src/connectors/file/mod.ts";
import { settle, testWorld } from "../../../support/connector-context.ts";
import { LiveRead } from "../../../support/read-source.ts";

async function follow(content: string, options: Partial<FileReadOptions<string>> = {}) {
  const world = testWorld();
  world.disk.put("/in/a.log", content);
  const source = file.read({ path: "/in/a.log", decode: utf8, follow: true, ...options });
  const [split] = await source.splits(world.source);
  const reader = await source.open(split!, undefined, world.source);
  const live = new LiveRead(source, reader);
  await settle();
  const poll = async (ms = 200) => {
    world.clock.advance(ms);
    await settle();
  };
  const { disk, clock, log, source: ctx } = world;
  return { disk, clock, log, ctx, live, reader, poll, source };
}

test("a growing file is read as it grows, line by whole line", async () => {
  const { disk, live, poll, reader, source } = await follow("a\nb");
  expect(source.isOpenEnded).toBe(true);
  expect(live.values).toEqual(["a"]);
  await poll();
  expect(live.values).toEqual(["a"]);
  disk.grow("/in/a.log", "b");
  await poll();
  expect(live.values).toEqual(["a"]);
  disk.grow("/in/a.log", "\nccc\nd");
  await poll();
  expect(live.values).toEqual(["a", "bb", "ccc"]);
  expect(live.next).toMatchObject({ offset: 9, line: 4 });
  await reader[Symbol.asyncDispose]();
  await settle();
  // The last line was never finished: it is for whoever reads on.
  expect(live.values).toEqual(["a", "bb", "ccc"]);
  expect(live.end).toBe("finished");
  expect(disk.openFiles).toBe(0);
});

test("the end is looked at as often as follow says, and not in between", async () => {
  const { disk, clock, live, poll } = await follow("a\n", { follow: "2s" });
  disk.grow("/in/a.log", "b\n");
  await poll(1999);
  expect(live.values).toEqual(["a"]);
  await poll(1);
  expect(live.values).toEqual(["a", "b"]);
  expect(clock.waiting).toBe(1);
});

test("reading goes on within a followed file at a position", async () => {
  const { disk, live, poll, source, ctx } = await follow("a\nb\nc");
  await using reader = await source.open("a.log", live.records[1]!.position, ctx);
  const later = new LiveRead(source, reader);
  await settle();
  disk.grow("/in/a.log", "c\n");
  await poll();
  expect(later.values).toEqual(["b", "cc"]);
});

test("a file that is cut short while it is followed ends the job", async () => {
  const { disk, live, poll } = await follow("aaa\nbbb\n");
  disk.cut("/in/a.log", 2);
  await poll();
  expect(live.values).toEqual(["aaa", "bbb"]);
  expect(live.errorCode).toBe("file_truncated");
});

test("a file that is cut short is read anew when onTruncate says so", async () => {
  const { disk, live, poll, log } = await follow("aaa\nbbb\nunfinished", {
    onTruncate: "restart",
  });
  disk.cut("/in/a.log", 0);
  disk.grow("/in/a.log", "new\n");
  await poll();
  await poll();
  expect(live.values).toEqual(["aaa", "bbb", "new"]);
  expect(live.next).toMatchObject({ offset: 4, line: 2 });
  expect(log.lines).toEqual(["warn a file is read again from its start"]);
});

test("a file that is replaced while it is followed ends the job", async () => {
  const { disk, live, poll, log } = await follow("a\n");
  disk.drop("/in/a.log");
  await poll();
  await poll();
  expect(live.end).toBeUndefined();
  expect(log.lines).toEqual(["warn a followed file lost its name: waiting for another"]);
  disk.put("/in/a.log", "other\n");
  await poll();
  expect(live.errorCode).toBe("file_replaced");
});

test("a file that rotates is read to its end, then the new one from its start", async () => {
  const { disk, live, poll, reader } = await follow("a\nlast", { onTruncate: "restart" });
  disk.grow("/in/a.log", " words");
  await disk.rename("/in/a.log", "/in/a.log.1");
  disk.put("/in/a.log", "new\n");
  await poll();
  await poll();
  disk.grow("/in/a.log", "more\n");
  await poll();
  expect(live.values).toEqual(["a", "last words", "new", "more"]);
  await reader[Symbol.asyncDispose]();
  expect(disk.openFiles).toBe(0);
});

test("files that appear later in a followed folder are new splits", async () => {
  const { disk, source: ctx } = testWorld();
  await disk.makeFolder("/in");
  const source = file.read({ path: "/in", decode: utf8, follow: true });
  expect(await source.splits(ctx)).toEqual([]);
  disk.put("/in/b", "");
  expect(await source.splits(ctx)).toEqual(["b"]);
  disk.put("/in/a", "");
  expect(await source.splits(ctx)).toEqual(["a", "b"]);
});

test("a followed file that is away for a moment is still a split", async () => {
  const { disk, source, ctx } = await follow("a\n");
  disk.drop("/in/a.log");
  expect(await source.splits(ctx)).toEqual(["a.log"]);
});

test("a reader closed while the disk is slow waits for it, then closes the file", async () => {
  const { disk, live, poll, reader } = await follow("a\n");
  let release = () => {};
  disk.onCall = () => new Promise<void>((resolve) => (release = resolve));
  await poll();
  let isClosed = false;
  const closing = reader[Symbol.asyncDispose]().then(() => (isClosed = true));
  await settle();
  expect(isClosed).toBe(false);
  disk.onCall = undefined;
  release();
  await closing;
  await settle();
  expect(live.end).toBe("finished");
  expect(disk.openFiles).toBe(0);
});
