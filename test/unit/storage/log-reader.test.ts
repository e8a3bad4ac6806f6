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
import { NotedLog } from "../../support/noted-log.ts";

const crypto = systemCrypto();
const SIZE = BLOCK_HEADER_BYTES + 4;

const log = new NotedLog();

/** Segments with blocks of these numbers, of 4 bytes each. */
function world(...segments: readonly (readonly number[])[]) {
  const loss = { isAccepted: false, covers: () => loss.isAccepted };
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
  const reader = new LogReader({ folder: "/log", disk, crypto, log, loss });
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
  return { disk, loss, reader, numbersFrom };
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

test("damage is passed where that was accepted: a block, a block left out, a header", async () => {
  const { disk, loss, numbersFrom } = world([0, 1, 2], [3, 5], [6], [7, 8]);
  await flip(disk, 1, SEGMENT_HEADER_BYTES + SIZE + BLOCK_HEADER_BYTES);
  expect(await codeOf(numbersFrom())).toBe("log_damaged");
  loss.isAccepted = true;
  expect(await numbersFrom()).toEqual([0, 2, 3, 5, 6, 7, 8]);
  await flip(disk, 3, 0);
  expect(await numbersFrom()).toEqual([0, 2, 3, 5, 7, 8]);
  await flip(disk, 4, SEGMENT_HEADER_BYTES + 2 * SIZE - 1);
  expect(await numbersFrom()).toEqual([0, 2, 3, 5, 7]);
});

async function flip(disk: SimDisk, segment: number, at: number): Promise<void> {
  const path = `/log/${segmentName(segment)}`;
  const bytes = Buffer.from(disk.text(path, "latin1"), "latin1");
  bytes[at]! ^= 1;
  disk.put(path, bytes);
}
