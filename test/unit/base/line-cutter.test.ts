import { describe, expect, test } from "bun:test";
import { LineCutter, asBuffer } from "../../../src/base/line-cutter.ts";
import { PieceTable } from "../../../src/base/piece-table.ts";

/** The lines that come out of chunks, with the last one if `finish`. */
function lines(cutter: LineCutter, chunks: readonly string[], isFinished = false): string[] {
  const found: string[] = [];
  const table = new PieceTable(4, 1_000);
  const take = (): void => {
    for (let i = 0; i < table.count; i++) {
      found.push(Buffer.from(table.bytes.subarray(table.starts[i], table.ends[i])).toString());
    }
  };
  for (const chunk of chunks) {
    cutter.push(Buffer.from(chunk));
    while (cutter.next(table)) take();
  }
  if (isFinished && cutter.finish(table)) take();
  return found;
}

describe("LineCutter", () => {
  test.each([
    [["a\nb\n"], ["a", "b"]],
    [["a\r\nb\r\n"], ["a", "b"]],
    [["\n\n"], ["", ""]],
    [
      ["a", "b\nc", "\n"],
      ["ab", "c"],
    ],
    [
      ["a\r", "\nb\n"],
      ["a", "b"],
    ],
    [["a\rb\n"], ["a\rb"]],
    [["ä", "ö\n"], ["äö"]],
  ])("%j is cut into %j", (chunks, expected) => {
    expect(lines(new LineCutter(100), chunks)).toEqual(expected);
  });

  test("the last line needs no line end", () => {
    expect(lines(new LineCutter(100), ["a\nb"], true)).toEqual(["a", "b"]);
    expect(lines(new LineCutter(100), ["a\nb\r"], true)).toEqual(["a", "b"]);
    expect(lines(new LineCutter(100), ["a\n"], true)).toEqual(["a"]);
  });

  test("a line at the limit passes, one byte more does not, however it comes", () => {
    expect(lines(new LineCutter(5), ["12345\n"])).toEqual(["12345"]);
    expect(lines(new LineCutter(5), ["123", "45\r\n"])).toEqual(["12345"]);
    for (const chunks of [["123456\n"], ["123", "456\n"], ["1234567"], ["1", "2", "3", "4567"]]) {
      expect(() => lines(new LineCutter(5), chunks)).toThrow(
        expect.objectContaining({ code: "line_too_long", domain: "external" }),
      );
    }
  });

  test("lines before one that is too long come out", () => {
    const cutter = new LineCutter(3);
    const table = new PieceTable(4, 1_000);
    cutter.push(Buffer.from("a\nb\ntoo long\n"));
    expect(cutter.next(table)).toBe(true);
    expect(table.count).toBe(2);
    expect(() => cutter.next(table)).toThrow("line of at least 8 bytes, limit 3");
  });

  test("says how many bytes wait for their line end", () => {
    const cutter = new LineCutter(100);
    lines(cutter, ["abc\nde"]);
    expect(cutter.heldBytes).toBe(2);
    expect(cutter.isDrained).toBe(true);
  });
});

test("asBuffer shares the memory of any bytes", () => {
  const bytes = new Uint8Array([0, 1, 2, 3]).subarray(1, 3);
  const buffer = asBuffer(bytes);
  expect([...buffer]).toEqual([1, 2]);
  bytes[0] = 9;
  expect(buffer[0]).toBe(9);
  expect(asBuffer(buffer)).toBe(buffer);
});
