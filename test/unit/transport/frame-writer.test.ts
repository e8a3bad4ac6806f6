import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { ByteWriter } from "../../../src/base/bytes.ts";
import { batchTable } from "../../../src/codec/lines.ts";
import { json } from "../../../src/codec/json.ts";
import { raw } from "../../../src/codec/raw.ts";
import { utf8 } from "../../../src/codec/utf8.ts";
import { FRAME_KINDS } from "../../../src/model/frame.ts";
import { frameCutter } from "../../../src/transport/frame-reader.ts";
import { frameWriter } from "../../../src/transport/frame-writer.ts";

for (const kind of FRAME_KINDS.filter((known) => known !== "none")) {
  test(`what is written as ${kind} is read as ${kind}`, () => {
    const record = fc
      .oneof(fc.uint8Array({ maxLength: 255 }), fc.uint8Array({ minLength: 40, maxLength: 60 }))
      .map((bytes) => bytes.map((byte) => (byte === 10 || byte === 13 ? 32 : byte)));
    fc.assert(
      fc.property(fc.array(record, { maxLength: 20 }), (records) => {
        const into = new ByteWriter(1);
        const writer = frameWriter(kind);
        for (const bytes of records) writer.write(raw, bytes, into);
        const cutter = frameCutter(kind);
        const table = batchTable();
        cutter.push(into.take());
        const read: Uint8Array[] = [];
        while (cutter.next(table)) {
          for (let i = 0; i < table.count; i++) {
            read.push(raw.decode(table.bytes, table.starts[i]!, table.ends[i]!));
          }
        }
        expect(read).toEqual(records.map((bytes) => Uint8Array.from(bytes)));
        expect(cutter.heldBytes).toBe(0);
      }),
    );
  });
}

test.each([
  ["u8", 256, "record of 256 bytes, limit of frame u8 is 255; a frame of u32be has room"],
  ["u16be", 65_536, "record of 65536 bytes, limit of frame u16be is 65535"],
  ["u32le", 16 * 1024 * 1024 + 1, "limit of frame u32le is 16777216"],
  ["lines", 16 * 1024 * 1024 + 1, "limit of frame lines is 16777216"],
  ["none", 16 * 1024 * 1024 + 1, "limit of frame none is 16777216"],
] as const)("a record too long for %s is refused and leaves nothing behind", (kind, size, text) => {
  const into = new ByteWriter();
  const writer = frameWriter(kind);
  writer.write(raw, Uint8Array.of(1), into);
  const before = into.take();
  expect(() => writer.write(raw, new Uint8Array(size), into)).toThrow(text);
  expect(into.take()).toEqual(before);
});

test("a record with a line break is no line, wherever it stands", () => {
  const into = new ByteWriter();
  const writer = frameWriter("lines");
  for (const length of [1, 20, 48, 49, 500]) {
    for (const at of [0, Math.floor(length / 2), length - 1]) {
      const text = `${"x".repeat(at)}\n${"x".repeat(length - at - 1)}`;
      expect(() => writer.write(utf8, text, into)).toThrow(`line break at byte ${at}`);
      expect(into.at).toBe(0);
    }
  }
});

test("without frames nothing is added", () => {
  const into = new ByteWriter();
  const writer = frameWriter("none");
  writer.write(utf8, "a\n", into);
  writer.write(utf8, "b", into);
  expect(Buffer.from(into.take()).toString()).toBe("a\nb");
});

test("an encoder that throws leaves nothing behind", () => {
  for (const kind of FRAME_KINDS) {
    const into = new ByteWriter();
    const half = {
      encode: (_: unknown, to: ByteWriter): void => {
        to.u32(1);
        throw new Error("half a record");
      },
    };
    expect(() => frameWriter(kind).write(half, 1, into)).toThrow("half a record");
    expect(() => frameWriter(kind).write(json(), 1n, into)).toThrow("bigint");
    expect(into.at).toBe(0);
  }
});
