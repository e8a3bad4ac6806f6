import { expect, test } from "bun:test";
import { PieceTable } from "../../../src/base/piece-table.ts";

test("a table is used again for other bytes", () => {
  const table = new PieceTable(8, 100);
  table.setOne(new Uint8Array(10), 2, 5, 4);
  expect([table.count, table.starts[0], table.ends[0], table.streamBytes]).toEqual([1, 2, 5, 4]);
  const bytes = new Uint8Array(3);
  table.reset(bytes);
  expect([table.count, table.streamBytes, table.starts.length]).toEqual([0, 0, 8]);
  expect(table.bytes).toBe(bytes);
});
