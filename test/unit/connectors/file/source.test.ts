import { expect, test } from "bun:test";
import { externalError } from "../../../../src/base/errors.ts";
import { utf8 } from "../../../../src/codec/utf8.ts";
import { file, type FileReadOptions } from "../../../../src/connectors/file/mod.ts";
import type { Position } from "../../../../src/model/context.ts";
import { codeOf, settle, testWorld } from "../../../support/connector-context.ts";
import { LiveRead, readSplit, recordsOf } from "../../../support/read-source.ts";
import { testSourceContract } from "../../../support/source-contract.ts";

const read = (options: Partial<FileReadOptions<string>> = {}) =>
  file.read({ path: "/in/a.txt", decode: utf8, ...options });

const LINES = ["the cat", "", "der Käfer 🪲", "tab\tand \r in", "漢字", "x".repeat(300), "end"];

/** u16be frames of texts. */
function frames(texts: readonly string[]): Uint8Array {
  return Buffer.concat(
    texts.map((text) => {
      const bytes = Buffer.from(text);
      return Buffer.concat([Uint8Array.of(bytes.length >> 8, bytes.length & 255), bytes]);
    }),
  );
}

async function linesOf(content: string | Uint8Array, options = {}): Promise<string[]> {
  const world = testWorld();
  world.disk.put("/in/a.txt", content);
  const records = await recordsOf(read(options), world.source, "a.txt");
  expect(world.disk.openFiles).toBe(0);
  return records;
}

testSourceContract("file.read of lines", async () => {
  const world = testWorld();
  world.disk.put("/in/a.txt", LINES.join("\n"));
  return { source: read(), ctx: world.source, records: [LINES] };
});

testSourceContract("file.read of many lines with \\r\\n", async () => {
  const world = testWorld();
  const lines = Array.from({ length: 2_900 }, (_, i) => `${i} ${"ä".repeat((i * 7) % 90)}`);
  world.disk.put("/in/a.txt", lines.map((line) => `${line}\r\n`).join(""));
  return { source: read(), ctx: world.source, records: [lines] };
});

testSourceContract("file.read of frames", async () => {
  const world = testWorld();
  world.disk.put("/in/a.txt", frames(LINES));
  return { source: read({ frame: "u16be" }), ctx: world.source, records: [LINES] };
});

testSourceContract("file.read of a folder", async () => {
  const world = testWorld();
  world.disk.put("/in/b.jsonl", "b1\nb2\n");
  world.disk.put("/in/a.jsonl", "a1\n");
  world.disk.put("/in/empty.jsonl", "");
  world.disk.put("/in/.hidden.jsonl", "no");
  world.disk.put("/in/other.txt", "no");
  world.disk.put("/in/sub.jsonl/deep.jsonl", "no");
  const source = read({ path: "/in", pattern: "*.jsonl" });
  return { source, ctx: world.source, records: [["a1"], ["b1", "b2"], []] };
});

test.each([
  ["no final newline", "a\nb", ["a", "b"]],
  ["a final newline", "a\nb\n", ["a", "b"]],
  ["empty lines", "\n\na\n\n", ["", "", "a", ""]],
  ["\\r\\n", "a\r\nb\r\n\r\n", ["a", "b", ""]],
  ["nothing", "", []],
  ["one line end", "\n", [""]],
])("a file with %s has the lines that a person sees", async (_, content, lines) => {
  expect(await linesOf(content)).toEqual(lines);
});

test("records know their byte and line", async () => {
  const world = testWorld();
  world.disk.put("/in/a.txt", "ab\n\näö\r\nx");
  const [batch, last] = await readSplit(read(), world.source, "a.txt");
  const inode = (await world.disk.stat("/in/a.txt"))!.inode;
  expect(batch!.records.map(({ position }) => position)).toEqual([
    { offset: 0, line: 1, inode },
    { offset: 3, line: 2, inode },
    { offset: 4, line: 3, inode },
  ]);
  expect(batch!.next).toEqual({ offset: 10, line: 4, inode });
  expect(last!.records.map(({ position }) => position)).toEqual([{ offset: 10, line: 4, inode }]);
  expect(last!.next).toEqual({ offset: 11, line: 5, inode });
});

test("relative paths start at the folder of the process", async () => {
  const world = testWorld();
  world.disk.put("/in/a.txt", "a\n");
  expect(await recordsOf(read({ path: "in/a.txt" }), world.source, "a.txt")).toEqual(["a"]);
});

test("every unit of a line's length is read, at the borders of chunks too", async () => {
  const long = "y".repeat(256 * 1024 - 5);
  const lines = [long, "abc", "", "x".repeat(600_000), "z"];
  expect(await linesOf(lines.join("\n"))).toEqual(lines);
});

test("a line above the limit is an error with file, line and limit", async () => {
  const content = `a\nb\n${"x".repeat(16 * 1024 * 1024 + 1)}\nc\n`;
  const reading = linesOf(content);
  await expect(reading).rejects.toThrow(/file \/in\/a.txt, line 3, byte 4: line of .* 16777216/);
});

test("a line of exactly the limit is read", async () => {
  const content = `${"x".repeat(16 * 1024 * 1024)}\r\n`;
  expect((await linesOf(content))[0]!.length).toBe(16 * 1024 * 1024);
});

test("a frame above the limit is an error with file, frame and limit", async () => {
  const content = Buffer.concat([Uint8Array.of(0, 0, 0, 1, 65), Uint8Array.of(127, 0, 0, 0, 1)]);
  const reading = linesOf(content, { frame: "u32be" });
  await expect(reading).rejects.toThrow(/file \/in\/a.txt, frame 2, byte 5: frame of .* 16777216/);
});

test("a file that ends within a frame is a failure or a warning, as onInvalid says", async () => {
  const cut = frames(["ab", "cde"]).subarray(0, -1);
  const failing = linesOf(cut, { frame: "u16be", onInvalid: "fail" });
  await expect(failing).rejects.toThrow("ends within frame 2, which begins at byte 4");
  const world = testWorld();
  world.disk.put("/in/a.txt", cut);
  expect(await recordsOf(read({ frame: "u16be" }), world.source, "a.txt")).toEqual(["ab"]);
  expect(world.log.lines).toEqual(["warn a file ends within a frame, which is skipped"]);
});

test("what cannot be read says so before the job starts", async () => {
  const world = testWorld();
  world.disk.put("/in/a.txt", "a\n");
  world.disk.put("/in/closed.txt", "a\n");
  world.disk.deny("/in/closed.txt");
  const splits = (options: object) => codeOf(read(options).splits(world.source));
  const open = (options: object, split: string) =>
    codeOf(read(options).open(split, undefined, world.source));
  expect(await splits({ path: "/none.txt" })).toBe("not_found");
  expect(await splits({ path: "/in", pattern: "*.csv" })).toBe("no_files");
  expect(await splits({ path: "/in/a.txt", pattern: "*.txt" })).toBe("no_files");
  expect(await open({ path: "/none.txt" }, "none.txt")).toBe("not_found");
  expect(await open({ path: "/in/closed.txt" }, "closed.txt")).toBe("no_access");
  expect(await open({ path: "/in" }, "gone.txt")).toBe("not_found");
  await world.disk.makeFolder("/in/folder");
  expect(await open({ path: "/in" }, "folder")).toBe("disk");
  expect(world.disk.openFiles).toBe(0);
});

test("an error of the disk ends the reading, after what was read before", async () => {
  const world = testWorld();
  world.disk.put("/in/a.txt", `${"a".repeat(99)}\n`.repeat(9000));
  await using reader = await read().open("a.txt", undefined, world.source);
  let reads = 0;
  world.disk.onCall = (call) => {
    if (call === "read" && ++reads === 3) throw externalError("disk", "input/output error");
  };
  const live = new LiveRead(read(), reader);
  for (let i = 0; i < 5; i++) await settle();
  expect(live.errorCode).toBe("disk");
  // Two chunks of 256 KiB hold 5,242 lines of 100 bytes.
  expect(live.records.length).toBe(5242);
});

test.each([
  ["no path", { path: "" }],
  ["pieces", { frame: "none" }],
  ["a path as a pattern", { path: "/in", pattern: "sub/*.txt" }],
  ["an unknown onTruncate", { onTruncate: "skip" }],
  ["no codec", { decode: {} }],
  ["a follow of 0 ms", { follow: 0 }],
])("%s is refused", async (_, options) => {
  const all = options as Partial<FileReadOptions<string>>;
  expect(await codeOf(() => read(all))).toBe("bad_option");
});

test.each([[5], ["a"], [{ offset: -1, line: 1, inode: 1 }], [{ offset: 0, frame: 1, inode: 1 }]])(
  "position %j is refused",
  async (position: Position) => {
    const world = testWorld();
    world.disk.put("/in/a.txt", "a\n");
    expect(await codeOf(read().open("a.txt", position, world.source))).toBe("bad_position");
  },
);

test("a file that became another one since the checkpoint is not read on silently", async () => {
  const world = testWorld();
  const { disk, source: ctx } = world;
  disk.put("/in/a.txt", "aa\nbb\ncc\n");
  const [batch] = await readSplit(read(), ctx, "a.txt");
  const at = batch!.records[2]!.position!;
  disk.cut("/in/a.txt", 5);
  expect(await codeOf(read().open("a.txt", at, ctx))).toBe("file_truncated");
  disk.put("/in/a.txt", "aaaaa\nbbb\nc\n");
  disk.cut("/in/a.txt", 0);
  disk.grow("/in/a.txt", "one long line\n");
  expect(await codeOf(read().open("a.txt", at, ctx))).toBe("file_changed");
  disk.drop("/in/a.txt");
  disk.put("/in/a.txt", "aa\nbb\ncc\n");
  expect(await codeOf(read().open("a.txt", at, ctx))).toBe("file_replaced");
  expect(disk.openFiles).toBe(0);
  const restarting = read({ onTruncate: "restart" });
  expect(await recordsOf(restarting, ctx, "a.txt", at)).toEqual(["aa", "bb", "cc"]);
  expect(world.log.lines).toEqual(["warn a file is read again from its start"]);
});
