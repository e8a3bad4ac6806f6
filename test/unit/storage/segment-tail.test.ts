import { expect, test } from "bun:test";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import {
  BLOCK_HEADER_BYTES,
  sealBlock,
  SEGMENT_HEADER_BYTES,
  writeSegmentHeader,
} from "../../../src/storage/log-segment.ts";
import { findTail } from "../../../src/storage/segment-tail.ts";

const crypto = systemCrypto();
const HEADER = { segment: 1, first: 5, tag: 0x0102_0304 };
const SIZE = BLOCK_HEADER_BYTES + 10;

/** A segment of blocks of 10 bytes with these numbers. */
function segment(...numbers: number[]): Buffer {
  return segmentOf(HEADER, numbers);
}

function segmentOf(header: typeof HEADER, numbers: readonly number[]): Buffer {
  const blocks = numbers.map((number) => {
    const block = new Uint8Array(SIZE).fill(number);
    sealBlock(block, header.tag, number, crypto);
    return block;
  });
  return Buffer.concat([writeSegmentHeader(header, crypto), ...blocks]);
}

const tailOf = (bytes: Uint8Array) => findTail(bytes, HEADER, crypto);
const endOf = (count: number) => SEGMENT_HEADER_BYTES + count * SIZE;

test("the tail is behind the last whole block, wherever the last was cut", () => {
  const bytes = segment(5, 6, 7);
  const damaged: never[] = [];
  expect(tailOf(bytes)).toEqual({ end: endOf(3), sequence: 8, isTorn: false, damaged });
  for (let size = endOf(2); size < endOf(3); size++) {
    const isTorn = size >= endOf(2) + 4;
    const found = tailOf(bytes.subarray(0, size));
    expect(found).toEqual({ end: endOf(2), sequence: 7, isTorn, damaged });
  }
});

test("garbage behind whole blocks is no block", () => {
  const bytes = Buffer.concat([
    segment(5),
    Buffer.alloc(100, 0x01),
    Buffer.from("01020304", "hex"),
  ]);
  expect(tailOf(bytes)).toEqual({ end: endOf(1), sequence: 6, isTorn: false, damaged: [] });
});

test("a broken block before a whole one is damage, and hides nothing behind it", () => {
  const bytes = segment(5, 6, 7);
  bytes[endOf(1) + BLOCK_HEADER_BYTES]!++;
  const why = "block 6 is not whole, and block 7 behind it is";
  const damaged = [{ start: endOf(1), end: endOf(2), why }];
  expect(tailOf(bytes)).toEqual({ end: endOf(3), sequence: 8, isTorn: false, damaged });
});

test("blocks that are left out, repeated or swapped are damage", () => {
  for (const numbers of [
    [5, 7],
    [5, 5],
    [6, 5],
  ]) {
    const { damaged } = tailOf(segment(...numbers));
    expect(damaged.length).toBeGreaterThan(0);
    expect(damaged.every(({ start, end }) => start === end)).toBeTrue();
  }
});

test("blocks of the segment that was there before are none, whatever their tag", () => {
  for (const tag of [0x0505_0505, HEADER.tag]) {
    const older = segmentOf({ segment: 1, first: 1, tag }, [1, 2, 3, 4]);
    for (const [count, numbers] of [[5], [5, 6], [5, 6, 7]].entries()) {
      const bytes = Buffer.from(older);
      bytes.set(segment(...numbers));
      const found = tailOf(bytes);
      expect(found).toMatchObject({ end: endOf(count + 1), sequence: 6 + count });
      expect(found.isTorn).toBe(tag === HEADER.tag);
    }
  }
});

test("of a block over an older one any part may be missing: it is torn, and nothing else", () => {
  const older = segmentOf({ segment: 1, first: 1, tag: 0x0505_0505 }, [1, 2, 3, 4]);
  const newer = segment(5, 6);
  for (let from = 0; from < SIZE; from++) {
    for (let to = from + 1; to <= SIZE; to++) {
      const bytes = Buffer.from(older);
      bytes.set(newer);
      // What was there before is still there in a part of the last block.
      bytes.set(older.subarray(endOf(1) + from, endOf(1) + to), endOf(1) + from);
      const isSame = Buffer.compare(bytes.subarray(0, endOf(2)), newer) === 0;
      expect(tailOf(bytes).end).toBe(isSame ? endOf(2) : endOf(1));
    }
  }
});
