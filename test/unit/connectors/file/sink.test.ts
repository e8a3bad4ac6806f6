import { expect, test } from "bun:test";
import { utf8 } from "../../../../src/codec/utf8.ts";
import { file, type FileWriteOptions } from "../../../../src/connectors/file/mod.ts";
import { MemoryStaging } from "../../../../src/connectors/release/memory-staging.ts";
import { codeOf, settle, testWorld, type TestWorld } from "../../../support/connector-context.ts";
import { recordsOf } from "../../../support/read-source.ts";
import { testSinkContract } from "../../../support/sink-contract.ts";

const write = (options: Partial<FileWriteOptions<string>> = {}) =>
  file.write({ path: "/out", encode: utf8, ...options });

/** All committed lines, file by file. */
async function committed(world: TestWorld, frame: FileWriteOptions<string>["frame"] = "lines") {
  const lines: string[] = [];
  if ((await world.disk.stat("/out")) === undefined) return lines;
  for (const name of await world.disk.list("/out")) {
    if (name.startsWith(".")) continue;
    const source = file.read({ path: `/out/${name}`, decode: utf8, frame: frame as "lines" });
    lines.push(...(await recordsOf(source, world.source, name)));
  }
  return lines;
}

const names = async (world: TestWorld) =>
  (await world.disk.list("/out")).filter((name) => !name.startsWith("."));

testSinkContract("file.write", async () => {
  const world = testWorld();
  return {
    sink: write(),
    ctx: world.sink(),
    record: (i: number) => `record ${i} ä`,
    visible: () => committed(world),
    crash: () => world.disk.crash(),
  };
});

testSinkContract("file.write of frames", async () => {
  const world = testWorld();
  return {
    sink: write({ frame: "u16be" }),
    ctx: world.sink(),
    record: (i: number) => `record\n${i}`,
    visible: () => committed(world, "u16be"),
    crash: () => world.disk.crash(),
  };
});

/** One epoch with one record, committed. */
async function commitOne(world: TestWorld, sink = write(), epoch = 1, ctx = world.sink()) {
  await using writer = await sink.open(ctx);
  await writer.write([`e${epoch}`]);
  await (await sink.committer!(ctx)).commit((await writer.prepare(epoch))!);
}

test("parts are named so that they sort, by writer and then by commit", async () => {
  const world = testWorld();
  await commitOne(world, write({ extension: "jsonl" }), 9);
  await commitOne(world, write({ extension: "jsonl" }), 10);
  await commitOne(world, write({ extension: "jsonl" }), 10, world.sink({ index: 1 }));
  expect(await names(world)).toEqual([
    "part-000-0000000009.jsonl",
    "part-000-0000000010.jsonl",
    "part-001-0000000010.jsonl",
  ]);
});

test("a later run in the same folder goes on with the numbers, and harms nothing", async () => {
  const world = testWorld();
  for (const epoch of [1, 2, 3]) await commitOne(world, write(), epoch);
  for (const epoch of [1, 2]) await commitOne(world, write({ extension: "log" }), epoch);
  expect(await names(world)).toEqual([
    "part-000-0000000001.txt",
    "part-000-0000000002.txt",
    "part-000-0000000003.txt",
    "part-000-0000000004.log",
    "part-000-0000000005.log",
  ]);
  expect(await committed(world)).toEqual(["e1", "e2", "e3", "e1", "e2"]);
});

test("parts that are there before a run that keeps no checkpoints are told, once", async () => {
  const world = testWorld();
  const warnings = () => world.log.lines.filter((line) => line.startsWith("warn"));
  await commitOne(world, write(), 1);
  expect(warnings()).toEqual([]);
  // Another prefix or writer has names of its own.
  await commitOne(world, write({ prefix: "other" }), 1);
  expect(warnings()).toEqual([]);
  await commitOne(world, write(), 1);
  expect(warnings()).toEqual([expect.stringMatching(/parts of an earlier run or of another job/)]);
  const staging = new MemoryStaging();
  await commitOne(world, write(), 9, world.sink({ staging }));
  expect(warnings()).toHaveLength(1);
});

test("whoever writes parts of the same name into the folder is told to the other", async () => {
  const world = testWorld();
  const warnings = () => world.log.lines.filter((line) => line.startsWith("warn"));
  await using other = await write().open(world.sink({ job: "another" }));
  await other.write(["a"]);
  await using first = await write().open(world.sink());
  expect(warnings()).toEqual([expect.stringMatching(/^warn another job or sink writes parts/)]);
  await using apart = await write({ prefix: "own" }).open(world.sink());
  await using second = await write().open(world.sink({ index: 1 }));
  expect([first, apart, second].length + warnings().length).toBe(4);
});

test("a run beside an undecided part of an earlier one keeps clear of its name", async () => {
  const world = testWorld();
  const sink = write();
  const first = await sink.open(world.sink());
  await first.write(["undecided"]);
  const pending = (await first.prepare(1))!;
  await first[Symbol.asyncDispose]();
  await commitOne(world, sink, 1);
  const committer = await sink.committer!(world.sink());
  await committer.commit(pending);
  expect(await committed(world)).toEqual(["undecided", "e1"]);
});

test("two sinks of one folder and prefix are told apart, and nothing is lost", async () => {
  const world = testWorld();
  const sink = write();
  const mine = await sink.open(world.sink());
  const other = await sink.open(world.sink({ sink: "other" }));
  await mine.write(["mine"]);
  await other.write(["other"]);
  const committer = await sink.committer!(world.sink());
  const otherCommitter = await sink.committer!(world.sink({ sink: "other" }));
  await committer.commit((await mine.prepare(1))!);
  const pending = (await other.prepare(1))!;
  expect(await codeOf(otherCommitter.commit(pending))).toBe("part_exists");
  expect(await committed(world)).toEqual(["mine"]);
  expect((await otherCommitter.list()).map((found) => found.pending)).toEqual([pending]);
  expect(await committer.list()).toEqual([]);
});

test("a full disk fails the write, names the path, and harms nothing committed", async () => {
  const world = testWorld();
  const sink = write();
  await commitOne(world, sink, 1);
  world.disk.capacity = 150_000;
  const writer = await sink.open(world.sink());
  const records = Array.from({ length: 100 }, () => "x".repeat(999));
  let failure: unknown;
  for (let i = 0; i < 20 && failure === undefined; i++) {
    await settle();
    await Promise.resolve(writer.write(records)).catch((error: unknown) => (failure = error));
  }
  expect(failure).toMatchObject({ code: "disk_full" });
  expect(String(failure)).toContain("/out/.part-");
  expect(await codeOf(writer.prepare(2))).toBe("disk_full");
  expect(await codeOf(Promise.resolve(writer.write(["more"])))).toBe("disk_full");
  await writer[Symbol.asyncDispose]();
  expect(world.disk.paths()).toEqual(["/out/part-000-0000000001.txt"]);
  expect(await committed(world)).toEqual(["e1"]);
  expect(world.disk.openFiles).toBe(0);
});

test("a disk that is full only at prepare fails the prepare", async () => {
  const world = testWorld();
  world.disk.capacity = 10;
  await using writer = await write().open(world.sink());
  await writer.write(["more than ten bytes"]);
  expect(await codeOf(writer.prepare(1))).toBe("disk_full");
});

test("a folder that cannot be written fails the start of the job", async () => {
  const world = testWorld();
  await world.disk.makeFolder("/out");
  world.disk.deny("/out");
  expect(await codeOf(write().open(world.sink()))).toBe("no_access");
  world.disk.put("/in/a.txt", "a file");
  expect(await codeOf(write({ path: "/in/a.txt" }).open(world.sink()))).not.toBe("no error");
});

test("what a crashed writer left unprepared is removed, what it prepared is not", async () => {
  const world = testWorld();
  const sink = write();
  const crashed = await sink.open(world.sink());
  await crashed.write(["prepared"]);
  const pending = (await crashed.prepare(1))!;
  await crashed.write(["x".repeat(100_000)]);
  await settle();
  await sink.open(world.sink({ index: 3 })); // Its worker does not come back.
  const stranger = await sink.open(world.sink({ job: "stranger" }));
  expect(world.disk.paths().length).toBe(4);
  await using writer = await sink.open(world.sink({ generation: 2 }));
  expect(writer.stats!()).toMatchObject({ folder: "/out", parts: 0 });
  expect(world.disk.paths().filter((path) => path.endsWith(".open")).length).toBe(2);
  await using _ = await sink.open(world.sink({ generation: 2, index: 1 }));
  expect(world.disk.paths().filter((path) => path.endsWith(".open")).length).toBe(3);
  const committer = await sink.committer!(world.sink({ generation: 2 }));
  expect((await committer.list()).map((found) => found.pending)).toEqual([pending]);
  await stranger[Symbol.asyncDispose]();
});

test("a commit that comes again after the part was taken away only warns", async () => {
  const world = testWorld();
  const sink = write();
  const writer = await sink.open(world.sink());
  await writer.write(["a"]);
  const pending = (await writer.prepare(1))!;
  const committer = await sink.committer!(world.sink());
  await committer.commit(pending);
  await world.disk.remove(`/out/${pending.final}`);
  await committer.commit(pending);
  expect(world.log.lines).toEqual(["warn a part was committed and is gone: was it moved?"]);
  await writer[Symbol.asyncDispose]();
});

test("what was never prepared is gone when the writer is closed", async () => {
  const world = testWorld();
  const writer = await write().open(world.sink());
  await writer.write(["a"]);
  await writer[Symbol.asyncDispose]();
  await writer[Symbol.asyncDispose]();
  expect(world.disk.paths()).toEqual([]);
  expect(world.disk.openFiles).toBe(0);
});

test("a pending part tells its bytes and records", async () => {
  const world = testWorld();
  await using writer = await write().open(world.sink());
  await writer.write(["ab", "ä"]);
  expect(await writer.prepare(4)).toMatchObject({
    final: "part-000-0000000004.txt",
    bytes: 6,
    records: 2,
  });
});

test("while the disk is slow, the writer holds a bounded amount and then waits", async () => {
  const world = testWorld();
  await using writer = await write().open(world.sink());
  let release = () => {};
  world.disk.onCall = (call) =>
    call === "write" ? new Promise<void>((resolve) => (release = resolve)) : undefined;
  const records = Array.from({ length: 100 }, (_, i) => `${i} ${"x".repeat(1000)}`);
  let calls = 0;
  let waiting: void | Promise<void> = undefined;
  for (; waiting === undefined && calls < 100; calls++) waiting = writer.write(records);
  expect(calls).toBeLessThan(14);
  expect(writer.stats!()["held"]).toBeLessThan(1_100_000);
  let isTaken = false;
  void waiting!.then(() => (isTaken = true));
  await settle();
  expect(isTaken).toBe(false);
  world.disk.onCall = undefined;
  release();
  await waiting;
  const pending = (await writer.prepare(1))!;
  await (await write().committer!(world.sink())).commit(pending);
  const expected = Array.from({ length: calls }, () => records).flat();
  expect(await committed(world)).toEqual(expected);
});

test("records of one call are not all held at once when they are large", async () => {
  const world = testWorld();
  await using writer = await write().open(world.sink());
  const large = "x".repeat(900_000);
  let most = 0;
  world.disk.onCall = () => {
    most = Math.max(most, Number(writer.stats!()["held"]));
  };
  await writer.write(Array.from({ length: 30 }, () => large));
  expect((await writer.prepare(1))!.bytes).toBe(30 * 900_001);
  expect(most).toBeLessThan(2_000_000);
});

test("a record that cannot be written leaves nothing of itself behind", async () => {
  const world = testWorld();
  await using writer = await write().open(world.sink());
  expect(await codeOf(() => writer.write(["good", "bad\nline"]))).toBe("line_break");
});

test.each([
  ["no path", { path: "" }],
  ["an unknown mode", { mode: "overwrite" }],
  ["a prefix with a folder", { prefix: "a/b" }],
  ["an extension that hides", { extension: "" }],
  ["no codec", { encode: {} }],
])("%s is refused", async (_, options) => {
  const all = options as Partial<FileWriteOptions<string>>;
  expect(await codeOf(() => write(all))).toBe("bad_option");
});

test("an open part that another run removed is told with what to do", async () => {
  const world = testWorld();
  const writer = await write().open(world.sink());
  await writer.write(["a"]);
  writer.flush();
  await settle();
  for (const name of await world.disk.list("/out")) await world.disk.remove(`/out/${name}`);
  await expect(writer.prepare(1)).rejects.toThrow(
    /^the open part \S+\.open of folder \/out is gone: does another run of this job write/,
  );
  await writer[Symbol.asyncDispose]();
});
