import { expect, test } from "bun:test";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import {
  BLOCK_HEADER_BYTES,
  sealBlock,
  SEGMENT_HEADER_BYTES,
  segmentName,
  writeSegmentHeader,
} from "../../../src/storage/log-segment.ts";
import { LogReader } from "../../../src/storage/log-reader.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { codeOf } from "../../support/connector-context.ts";

const crypto = systemCrypto();
const SIZE = BLOCK_HEADER_BYTES + 4;

/** Segments with blocks of these numbers, of 4 bytes each. */
function world(...segments: readonly (readonly number[])[]) {
  const disk = new SimDisk();
  for (const [i, numbers] of segments.entries()) {
    const header = { segment: i + 1, first: numbers[0] ?? 0, tag: i + 77 };
    const blocks = numbers.map((number) => {
      const block = new Uint8Array(SIZE).fill(number);
      sealBlock(block, header.tag, number, crypto);
      return block;
    });
    const bytes = Buffer.concat([writeSegmentHeader(header, crypto), ...blocks]);
    disk.put(`/log/${segmentName(i + 1)}`, bytes);
  }
  const reader = new LogReader({ folder: "/log", disk, crypto });
  const last = SEGMENT_HEADER_BYTES + SIZE * segments.at(-1)!.length;
  const end = { segment: segments.length, offset: last };
  const numbersFrom = async (segment = 1, offset = SEGMENT_HEADER_BYTES) => {
    const found: number[] = [];
    for (let at = { segment, offset }; ;) {
      const block = await reader.read(at, end, last);
      if (block === undefined) return found;
      found.push(block.bytes[0]!);
      at = block.next;
    }
  };
  return { disk, reader, numbersFrom };
}

test("blocks are read over the ends of segments, with one file open at a time", async () => {
  const { disk, reader, numbersFrom } = world([0, 1], [2], [3, 4]);
  expect(await numbersFrom()).toEqual([0, 1, 2, 3, 4]);
  expect(await numbersFrom(1, SEGMENT_HEADER_BYTES + 2 * SIZE)).toEqual([2, 3, 4]);
  expect(disk.openFiles).toBe(1);
  await reader.close();
  expect(disk.openFiles).toBe(0);
});

test("a block that is missing between two others is damage", async () => {
  for (const segments of [[[0, 2]], [[0], [2]], [[0, 0]]]) {
    expect(await codeOf(world(...segments).numbersFrom())).toBe("log_damaged");
  }
});

test("a place inside a block is no block's", async () => {
  const { numbersFrom } = world([0, 1]);
  expect(await codeOf(numbersFrom(1, SEGMENT_HEADER_BYTES + 3))).toBe("log_damaged");
});

test("a segment under another's name is damage, and stays closed", async () => {
  const { disk, numbersFrom } = world([0], [1]);
  await disk.rename(`/log/${segmentName(1)}`, `/log/${segmentName(2)}`);
  expect(await codeOf(numbersFrom(2))).toBe("log_damaged");
  expect(disk.openFiles).toBe(0);
});
