import { expect, test } from "bun:test";
import { batchTable, LineCutter } from "../../../src/codec/lines.ts";
import { utf8 } from "../../../src/codec/utf8.ts";
import { BATCH_BYTES_MAX, BATCH_RECORDS_MAX } from "../../../src/model/limits.ts";

/** The lines of a text in chunks, with the position after each table. */
function linesOf(chunks: readonly string[], bytesMax = 1_000) {
  const cutter = new LineCutter(bytesMax);
  const table = batchTable();
  const lines: string[] = [];
  const positions: number[] = [];
  let position = 0;
  const note = (): void => {
    for (let i = 0; i < table.count; i++) {
      lines.push(utf8.decode(table.bytes, table.starts[i]!, table.ends[i]!));
    }
    position += table.streamBytes;
    positions.push(position);
  };
  for (const chunk of chunks) {
    cutter.push(Buffer.from(chunk));
    while (cutter.next(table)) note();
  }
  if (cutter.finish(table)) note();
  return { lines, positions };
}

test("a last line without a line end is a line; a line end begins no line", () => {
  expect(linesOf(["a\nb"])).toEqual({ lines: ["a", "b"], positions: [2, 3] });
  expect(linesOf(["a\nb\n"])).toEqual({ lines: ["a", "b"], positions: [4] });
  expect(linesOf([""])).toEqual({ lines: [], positions: [] });
});

test("a carriage return is stripped at a line end, also over two chunks, and nowhere else", () => {
  expect(linesOf(["a\r", "\nb\rc\r\n\r\n", "d\r"]).lines).toEqual(["a", "b\rc", "", "d"]);
});

test("a line of exactly the limit passes, with either line end, and one byte more does not", () => {
  const line = "x".repeat(10);
  expect(linesOf([`${line}\r\n${line}\n`, line], 10).lines).toEqual([line, line, line]);
  expect(linesOf([line, "\r", "\n"], 10).lines).toEqual([line]);
  for (const chunks of [[`${line}y\n`], [line, "y\n"], [line, "y", "z"]]) {
    expect(() => linesOf(chunks, 10)).toThrow(/line of at least \d+ bytes, limit 10/);
  }
});

test("a table holds no more than a batch", () => {
  const cutter = new LineCutter(BATCH_BYTES_MAX * 2);
  const table = batchTable();
  cutter.push(Buffer.from("\n".repeat(BATCH_RECORDS_MAX + 1)));
  expect([cutter.next(table), table.count]).toEqual([true, BATCH_RECORDS_MAX]);
  expect([cutter.next(table), table.count]).toEqual([true, 1]);
  const half = `${"x".repeat(BATCH_BYTES_MAX / 2)}\n`;
  cutter.push(Buffer.from(half + half));
  expect([cutter.next(table), table.count]).toEqual([true, 1]);
  expect([cutter.next(table), table.count]).toEqual([true, 1]);
  cutter.push(Buffer.from(`${"x".repeat(BATCH_BYTES_MAX + 9)}\n`));
  expect([cutter.next(table), table.count]).toEqual([true, 1]);
});
