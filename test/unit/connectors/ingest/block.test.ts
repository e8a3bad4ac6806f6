import { expect, test } from "bun:test";
import fc from "fast-check";
import { PieceTable } from "../../../../src/base/piece-table.ts";
import { BlockReader, BlockWriter } from "../../../../src/connectors/ingest/block.ts";
import { codeOf } from "../../../support/connector-context.ts";

const ROOM = 24;

/** Frames one after the other, with `gap` bytes between them, somewhere in a chunk. */
function tableOf(frames: readonly Uint8Array[], gap: number, offset: number): PieceTable {
  const table = new PieceTable(512, 65_536);
  const parts: Uint8Array[] = [new Uint8Array(offset)];
  let at = offset;
  for (const [i, frame] of frames.entries()) {
    table.starts[i] = at + gap;
    at += gap + frame.length;
    table.ends[i] = at;
    parts.push(new Uint8Array(gap).fill(7), frame);
  }
  table.bytes = Buffer.concat(parts);
  table.count = frames.length;
  return table;
}

interface Entry {
  readonly frames: readonly Uint8Array[];
  readonly connection: number;
  readonly arrival: number;
}

const entry = fc.record({
  frames: fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 20 }),
  connection: fc.nat(),
  arrival: fc.double({ noNaN: true }),
});

function write(entries: readonly Entry[], gap: number, offset: number): Uint8Array {
  const writer = new BlockWriter(ROOM, Buffer.alloc(ROOM + 20));
  for (const { frames, connection, arrival } of entries) {
    writer.add(tableOf(frames, gap, offset), connection, arrival);
  }
  writer.mark({ segment: 1, offset: 32, frame: entries.length });
  expect(writer.size).toBe(writer.take().length - ROOM);
  return writer.take().subarray(ROOM);
}

function readAll(reader: BlockReader): (Entry & { readonly before: number })[] {
  const table = new PieceTable(512, 65_536);
  const found: (Entry & { readonly before: number })[] = [];
  while (reader.next(table)) {
    const { bytes, starts, ends, count } = table;
    found.push({
      frames: Array.from({ length: count }, (_, i) =>
        Uint8Array.from(bytes.subarray(starts[i], ends[i])),
      ),
      connection: reader.connection,
      arrival: reader.arrival,
      before: reader.before,
    });
  }
  return found;
}

test("a block gives the frames that it was given, of whom and when, and the mark", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 8 }), fc.nat(4), fc.nat(9), (entries, gap, offset) => {
      const reader = new BlockReader(write(entries, gap, offset));
      let before = 0;
      const expected = entries.map((one) => {
        const at = before;
        before += one.frames.length;
        return { ...one, before: at };
      });
      expect(readAll(reader)).toEqual(expected);
      expect(reader.mark).toEqual({ segment: 1, offset: 32, frame: entries.length });
    }),
    { numRuns: 200 },
  );
});

test("a block that ends too early, or holds what we do not know, is refused", async () => {
  const [frames, connection, arrival] = [[Uint8Array.of(1, 2, 3)], 1, 2];
  const good = write([{ frames, connection, arrival }], 0, 0);
  for (let size = 0; size < good.length; size++) {
    const isBoundary = size === 4 || size === 4 + 24 + 8 + 3;
    const code = await codeOf(() =>
      Promise.resolve(readAll(new BlockReader(good.subarray(0, size)))),
    );
    expect(code).toBe(isBoundary ? "no error" : "log_damaged");
  }
  const unknown = Uint8Array.from(good);
  unknown[4] = 9;
  expect(await codeOf(() => Promise.resolve(readAll(new BlockReader(unknown))))).toBe(
    "log_damaged",
  );
});

test("a writer without an entry is empty", () => {
  const writer = new BlockWriter(ROOM);
  expect([writer.isEmpty, writer.frames]).toEqual([true, 0]);
  writer.add(tableOf([Uint8Array.of(1)], 0, 0), 1, 1);
  expect([writer.isEmpty, writer.frames]).toEqual([false, 1]);
});
