/** Random frames in random chunks: large ones, tiny ones, floods of chunks. */
import { PieceTable } from "../../src/base/piece-table.ts";
import { Prng } from "../../src/base/prng.ts";
import { FRAME_KINDS, frameHeader, type FrameKind } from "../../src/model/frame.ts";
import { frameCutter } from "../../src/transport/frame-reader.ts";
import { cutAt, joinBytes } from "../support/bytes.ts";
import type { Campaign } from "./runner.ts";

const KINDS = FRAME_KINDS.filter((kind) => kind !== "none");

export const campaign: Campaign = {
  name: "frames",
  about: "frames of every kind come out as they went in, however the stream is chunked",
  seeds: 20_000,
  run(seed) {
    const prng = new Prng(seed);
    const kind = prng.pick(KINDS);
    const records = randomRecords(prng, kind);
    const wire = joinBytes(records.flatMap((record) => frame(kind, record)));
    const chunks = cutAt(wire, randomCuts(prng, wire.length));
    const cutter = frameCutter(kind);
    const table = new PieceTable(1 + prng.below(64), 1 + prng.below(100_000));
    let index = 0;
    let streamBytes = 0;
    for (const chunk of chunks) {
      cutter.push(chunk);
      while (cutter.next(table)) {
        for (let i = 0; i < table.count; i++) {
          const got = Buffer.from(table.bytes.subarray(table.starts[i], table.ends[i]));
          const expected = records[index];
          if (expected === undefined || !got.equals(expected)) {
            throw new Error(`frame ${index} of ${records.length} (${kind}) came out changed`);
          }
          index++;
        }
        streamBytes += table.streamBytes;
      }
    }
    if (index !== records.length) throw new Error(`${index} of ${records.length} frames (${kind})`);
    if (streamBytes !== wire.length) throw new Error(`${streamBytes} of ${wire.length} bytes`);
    if (cutter.heldBytes !== 0) throw new Error(`${cutter.heldBytes} bytes held at the end`);
    return { kind, records: records.length, bytes: wire.length, chunks: chunks.length };
  },
};

function randomRecords(prng: Prng, kind: FrameKind): Uint8Array[] {
  const lengthMax = Math.min(
    frameHeader(kind)?.lengthMax ?? Infinity,
    prng.pick([3, 50, 255, 70_000]),
  );
  return Array.from({ length: prng.below(60) }, () => {
    const record = new Uint8Array(prng.below(lengthMax + 1));
    for (let i = 0; i < record.length; i++) record[i] = prng.u32();
    // A line holds no line end, and a reader of lines drops a carriage return before one.
    if (kind !== "lines") return record;
    return record.map((byte) => (byte === 10 || byte === 13 ? 32 : byte));
  });
}

function frame(kind: FrameKind, record: Uint8Array): Uint8Array[] {
  const header = frameHeader(kind);
  if (header === undefined) return [record, Uint8Array.of(10)];
  const bytes = Buffer.alloc(header.bytes);
  if (header.littleEndian) bytes.writeUIntLE(record.length, 0, header.bytes);
  else bytes.writeUIntBE(record.length, 0, header.bytes);
  return [bytes, record];
}

/** None, few, or as many as there are bytes. */
function randomCuts(prng: Prng, length: number): number[] {
  const count = prng.pick([0, 3, 50, Math.min(length, 5_000)]);
  return Array.from({ length: count }, () => prng.below(length + 1));
}
