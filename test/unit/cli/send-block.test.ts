import { expect, test } from "bun:test";
import fc from "fast-check";
import { PieceTable } from "../../../src/base/piece-table.ts";
import { type Block, type BlockOptions, makeBlock } from "../../../src/cli/send-block.ts";
import { fnv1a } from "../../../src/base/hash.ts";
import { FRAME_KINDS, type FrameKind } from "../../../src/model/frame.ts";
import { frameCutter } from "../../../src/transport/frame-reader.ts";

function block(file: string | Uint8Array, options: Partial<BlockOptions> = {}): Block {
  const bytes = typeof file === "string" ? Buffer.from(file) : file;
  const initial = {
    name: "f",
    read: "lines",
    frame: "u32be",
    keepEmpty: false,
    repeat: 1,
  } as const;
  return makeBlock(bytes, { ...initial, ...options });
}

/** The payloads of framed bytes, by the reader that sources use. */
function payloads(bytes: Uint8Array, frame: FrameKind): string[] {
  const cutter = frameCutter(frame);
  const table = new PieceTable(100, 1 << 20);
  const found: string[] = [];
  cutter.push(bytes.slice());
  while (cutter.next(table)) {
    for (let i = 0; i < table.count; i++) {
      found.push(Buffer.from(table.bytes).utf8Slice(table.starts[i]!, table.ends[i]!));
    }
  }
  expect(cutter.heldBytes).toBe(0);
  return found;
}

test("lines become frames of every kind, empty ones left out", () => {
  for (const frame of FRAME_KINDS.filter((kind) => kind !== "none")) {
    const made = block("one\n\ntwo\r\nwörld", { frame });
    expect(payloads(made.bytes, frame)).toEqual(["one", "two", "wörld"]);
    expect(made.fileRecords).toBe(3);
    expect(made.payloadBytes).toBe(12);
  }
  expect(block("a\nb", { frame: "none" }).bytes.toString()).toBe("ab");
});

test("empty lines are kept when asked", () => {
  expect(payloads(block("a\n\nb\n", { keepEmpty: true }).bytes, "u32be")).toEqual(["a", "", "b"]);
});

test("frames that the file holds are sent as they are", () => {
  const file = Buffer.from([2, 104, 105, 0, 1, 33]);
  const made = block(file, { read: "raw", frame: "u8" });
  expect(made.bytes).toEqual(file);
  expect([...made.ends]).toEqual([3, 4, 6]);
});

test("a file that ends within a frame is refused", () => {
  expect(() => block(Buffer.from([2, 104]), { read: "raw", frame: "u8" })).toThrow(
    "f: ends within a u8 frame, 2 bytes after the last whole one",
  );
});

test("a record that is too long for the frame is refused", () => {
  expect(() => block(`a\n${"x".repeat(256)}\n`, { frame: "u8" })).toThrow(
    "f: record 2 has 256 bytes, a u8 frame holds 255",
  );
});

test("a file without records is refused", () => {
  for (const file of ["", "\n\n"]) expect(() => block(file)).toThrow("f: holds no record");
});

test("a small file is repeated in memory, as often as it is sent at most", () => {
  expect(block("a\nb\n", { repeat: 3 }).ends).toHaveLength(6);
  const often = block("a\nb\n", { repeat: Infinity });
  expect(often.bytes.length).toBeGreaterThan(500_000);
  expect(often.fileRecords).toBe(2);
  expect(often.payloadBytes).toBe(often.ends.length);
  expect(often.bytes.length).toBe(often.ends.at(-1)!);
});

test("the sum is that of all payloads, in any order", () => {
  const sum = (texts: string[]): number =>
    texts.reduce((total, text) => (total + fnv1a(Buffer.from(text))) >>> 0, 0);
  expect(block("one\ntwo\n").sum).toBe(sum(["two", "one"]));
  expect(block("one\ntwo\n", { repeat: 2 }).sum).toBe(sum(["one", "two", "one", "two"]));
});

test("what is framed is cut again to the same lines", () => {
  const line = fc.string({ minLength: 1, maxLength: 60 }).filter((text) => !/[\r\n]/.test(text));
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 50 }), (lines) => {
      const file = Buffer.from(`${lines.join("\n")}\n`);
      const expected = lines.map((text) => Buffer.from(text).toString());
      expect(payloads(block(file).bytes, "u32be")).toEqual(expected);
      expect(payloads(block(file, { frame: "lines" }).bytes, "lines")).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});
