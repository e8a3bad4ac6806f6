import { expect, test } from "bun:test";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import {
  BLOCK_HEADER_BYTES,
  isWholeBlock,
  peekBlock,
  readSegmentHeader,
  sealBlock,
  segmentName,
  segmentOf,
  writeSegmentHeader,
} from "../../../src/storage/log-segment.ts";
import { codeOf } from "../../support/connector-context.ts";

const crypto = systemCrypto();
const HEADER = { segment: 7, first: 2 ** 40, tag: 0xdead_beef };

test("the header of a segment comes back, and one that is cut or of others is none", () => {
  const bytes = writeSegmentHeader(HEADER, crypto);
  expect(readSegmentHeader(bytes, crypto)).toEqual(HEADER);
  expect(readSegmentHeader(bytes.subarray(1), crypto)).toBeUndefined();
  expect(readSegmentHeader(bytes.subarray(0, 31), crypto)).toBeUndefined();
  expect(readSegmentHeader(new Uint8Array(32), crypto)).toBeUndefined();
});

test("a format of a later version is refused, not taken for damage", async () => {
  const bytes = writeSegmentHeader(HEADER, crypto);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, 2);
  view.setUint32(28, crypto.crc32(bytes.subarray(0, 28)));
  expect(await codeOf(() => Promise.resolve(readSegmentHeader(bytes, crypto)))).toBe("log_newer");
});

test("a sealed block tells its size and number, and whether it is whole", () => {
  const block = new Uint8Array(BLOCK_HEADER_BYTES + 5).fill(9);
  sealBlock(block, HEADER.tag, 12, crypto);
  expect(peekBlock(block, HEADER.tag)).toEqual({ size: 5, sequence: 12 });
  expect(peekBlock(block, 1)).toBeUndefined();
  expect(isWholeBlock(block, crypto)).toBe(true);
  block[BLOCK_HEADER_BYTES]!++;
  expect(isWholeBlock(block, crypto)).toBe(false);
});

test("names of segments sort as their numbers do, and others are none", () => {
  expect(segmentName(12)).toBe("000000000012.log");
  expect(segmentOf(segmentName(12))).toBe(12);
  expect(["head", "12.log", "000000000012.log.tmp"].map(segmentOf)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
