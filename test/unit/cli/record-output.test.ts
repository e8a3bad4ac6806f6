import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PieceTable } from "../../../src/base/piece-table.ts";
import { isText, RecordFile, RecordPrinter } from "../../../src/cli/record-output.ts";
import { FRAME_KINDS, type FrameKind } from "../../../src/model/frame.ts";
import { frameCutter } from "../../../src/transport/frame-reader.ts";
import { FakeOut } from "../../support/fake-io.ts";

const folder = mkdtempSync(join(tmpdir(), "wallaroo-records-"));
afterAll(() => rmSync(folder, { recursive: true }));

function tableOf(records: readonly Uint8Array[]): PieceTable {
  const table = new PieceTable(records.length, 1 << 20);
  table.reset(Buffer.concat(records));
  let at = 0;
  for (const record of records) {
    table.starts[table.count] = at;
    at += record.length;
    table.ends[table.count++] = at;
  }
  return table;
}

const records = ["one", "", "wörld"].map((text) => Buffer.from(text));

test("records are printed a line each, text as text, the rest in hexadecimal", async () => {
  const out = new FakeOut();
  const printer = new RecordPrinter(out);
  await printer.take(tableOf([...records, Buffer.from([1, 255])]));
  await printer.take(tableOf([Buffer.from("more")]));
  await printer.finish();
  expect(out.text).toBe("one\n\nwörld\n01ff\nmore\n");
});

test.each([
  ["plain", true],
  ["tab\there", true],
  ["日本 👍", true],
  ["", true],
  ["\u001b[31mred", false],
  ["bell\u0007", false],
  ["del\u007f", false],
  ["line\u000aend", false],
  ["next\u0085line", false],
  ["no-break\u00a0space", true],
])("%j is text: %p", (text, expected) => {
  const bytes = Buffer.from(`xx${text}yy`);
  expect(isText(bytes, 2, bytes.length - 2)).toBe(expected);
});

test("bytes that are no UTF-8 are no text", () => {
  expect(isText(Buffer.from([65, 0xff]), 0, 2)).toBeFalse();
  expect(isText(Buffer.from([0xc3]), 0, 1)).toBeFalse();
});

test.each(FRAME_KINDS.filter((kind) => kind !== "none"))(
  "records stored as %s are read again by the reader of that frame",
  async (frame: FrameKind) => {
    const path = join(folder, frame);
    const file = await RecordFile.create(path, frame);
    await file.take(tableOf(records));
    await file.take(tableOf([Buffer.alloc(200, 120)]));
    await file.finish();
    const cutter = frameCutter(frame);
    const table = new PieceTable(10, 1 << 20);
    cutter.push(readFileSync(path));
    expect(cutter.next(table)).toBeTrue();
    const lengths = Array.from(
      { length: table.count },
      (_, i) => table.ends[i]! - table.starts[i]!,
    );
    expect(lengths).toEqual([3, 0, 6, 200]);
  },
);

test("much is written before the end, in order", async () => {
  const path = join(folder, "much");
  const file = await RecordFile.create(path, "lines");
  const record = Buffer.alloc(100_000, 65);
  for (let i = 0; i < 10; i++) await file.take(tableOf([record]));
  expect(readFileSync(path).length).toBeGreaterThan(500_000);
  await file.finish();
  expect(readFileSync(path).length).toBe(1_000_010);
});

test("a file that cannot be made is told", async () => {
  expect(RecordFile.create(join(folder, "no", "file"), "lines")).rejects.toThrow(
    "cannot be written",
  );
});
