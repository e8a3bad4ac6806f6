import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { PieceTable, type Cutter } from "../../src/base/piece-table.ts";
import { FRAME_KINDS, frameHeader, type FrameKind } from "../../src/model/frame.ts";
import { frameCutter } from "../../src/transport/frame-reader.ts";
import { cutAt, joinBytes } from "../support/bytes.ts";

const FRAMED = FRAME_KINDS.filter((kind) => kind !== "none");

function wireOf(kind: FrameKind, records: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const header = frameHeader(kind);
  for (const record of records) {
    if (header !== undefined) {
      const length = new Uint8Array(header.bytes);
      const view = new DataView(length.buffer);
      if (header.bytes === 4) view.setUint32(0, record.length, header.littleEndian);
      else if (header.bytes === 2) view.setUint16(0, record.length, header.littleEndian);
      else view.setUint8(0, record.length);
      parts.push(length, record);
    } else {
      parts.push(record, Uint8Array.of(10));
    }
  }
  return joinBytes(parts);
}

interface Cut {
  readonly records: readonly Uint8Array[];
  readonly streamBytes: number;
}

/** What a cutter gives; tables are compared only at the end, when later chunks were cut too. */
function cutAll(cutter: Cutter, chunks: readonly Uint8Array[], table: PieceTable): Cut {
  const views: Uint8Array[] = [];
  let streamBytes = 0;
  for (const chunk of chunks) {
    cutter.push(chunk);
    for (;;) {
      const isDrained = cutter.isDrained;
      if (!cutter.next(table)) break;
      expect(isDrained).toBe(false);
      expect(table.count).toBeGreaterThan(0);
      expect(table.count).toBeLessThanOrEqual(table.starts.length);
      for (let i = 0; i < table.count; i++) {
        views.push(table.bytes.subarray(table.starts[i], table.ends[i]));
      }
      if (table.count > 1) expect(table.streamBytes).toBeLessThanOrEqual(table.bytesMax);
      streamBytes += table.streamBytes;
    }
    expect(cutter.isDrained).toBe(true);
  }
  return { records: views.map((view) => Uint8Array.from(view)), streamBytes };
}

const record = fc.uint8Array({ maxLength: 200 });
// No line ends inside, and no `\r` at the end, which a reader of lines takes for part of the end.
const line = record.map((bytes) => bytes.map((byte) => (byte === 10 || byte === 13 ? 32 : byte)));

for (const kind of FRAMED) {
  test(`frames of kind ${kind} survive every chunking, table size and frame size`, () => {
    fc.assert(
      fc.property(
        fc.array(kind === "lines" ? line : record, { maxLength: 40 }),
        fc.array(fc.nat({ max: 4000 }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 300 }),
        (records, cuts, piecesMax, bytesMax) => {
          const wire = wireOf(kind, records);
          const table = new PieceTable(piecesMax, bytesMax);
          const cut = cutAll(frameCutter(kind), cutAt(wire, cuts), table);
          expect(cut.records).toEqual(records.map((bytes) => Uint8Array.from(bytes)));
          expect(cut.streamBytes).toBe(wire.length);
        },
      ),
    );
  });

  test(`frames of kind ${kind} survive a cut at every byte`, () => {
    const texts = ["hi", "", "!", "x".repeat(70), "", "end"];
    const records = texts.map((text) => Uint8Array.from(Buffer.from(text)));
    const wire = wireOf(kind, records);
    for (let a = 0; a <= wire.length; a++) {
      for (let b = a; b <= wire.length; b += 3) {
        const table = new PieceTable(4, 1024);
        const cut = cutAll(frameCutter(kind), cutAt(wire, [a, b]), table);
        expect(cut.records.map((bytes) => Buffer.from(bytes).toString())).toEqual(texts);
      }
    }
  });

  test(`frames of kind ${kind} before the first over the limit are given, then an error`, () => {
    fc.assert(
      fc.property(
        fc.array(kind === "lines" ? line : record, { maxLength: 20 }),
        fc.array(fc.nat({ max: 3000 }), { maxLength: 10 }),
        fc.integer({ min: 0, max: 220 }),
        (records, cuts, limit) => {
          const bad = records.findIndex((bytes) => bytes.length > limit);
          const cutter = frameCutter(kind, limit);
          const table = new PieceTable(8, 256);
          const given: Uint8Array[] = [];
          const run = () => {
            for (const chunk of cutAt(wireOf(kind, records), cuts)) {
              cutter.push(chunk);
              while (cutter.next(table)) {
                for (let i = 0; i < table.count; i++) {
                  given.push(table.bytes.slice(table.starts[i], table.ends[i]));
                }
              }
            }
          };
          if (bad < 0) run();
          else expect(run).toThrow(`limit ${limit}`);
          const whole = bad < 0 ? records : records.slice(0, bad);
          expect(given.map((bytes) => [...bytes])).toEqual(whole.map((bytes) => [...bytes]));
        },
      ),
    );
  });

  test(`garbage read as ${kind} gives frames within the limit, or an error that says it`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }),
        fc.integer({ min: 0, max: 120 }),
        (chunks, limit) => {
          const cutter = frameCutter(kind, limit);
          const table = new PieceTable(8, 256);
          try {
            for (const bytes of cutAll(cutter, chunks, table).records) {
              expect(bytes.length).toBeLessThanOrEqual(limit);
            }
          } catch (error) {
            expect(String(error)).toContain(`limit ${limit}`);
          }
          expect(cutter.heldBytes).toBeLessThanOrEqual(limit + 5);
        },
      ),
    );
  });
}

test("without frames every chunk is one record", () => {
  const chunks = [Uint8Array.of(1, 2), Uint8Array.of(3)];
  const cut = cutAll(frameCutter("none"), chunks, new PieceTable(4, 1024));
  expect(cut.records).toEqual(chunks);
});
