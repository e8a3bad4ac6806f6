/**
 * The bytes of a segment of a record log (pure): a header, then blocks with theirs.
 *
 * S1. Every byte is under a checksum: a header under its own, a block with its header under one.
 * S2. Blocks begin with the segment's tag, which is random: no bytes that were sent to us look like
 *     a block by intent.
 * S3. Blocks are numbered over the whole log: none can be left out, repeated or swapped.
 * S4. The file of a segment may be that of an older one, written over: by S2 and S3 nothing of the
 *     older one is read for the new one.
 */
import { externalError, type WallarooError } from "../base/errors.ts";
import { RECORD_LOG_BLOCK_BYTES_MAX } from "../model/limits.ts";
import type { Crypto } from "../ports/crypto.ts";

export const SEGMENT_HEADER_BYTES = 32;
export const BLOCK_HEADER_BYTES = 24;

const MAGIC = 0x574c_4f47; // "WLOG"
const VERSION = 1;
const SEGMENT_CRC_AT = 28;
/** A block's checksum covers what follows it. */
const BLOCK_CRC_AT = 4;
const COVERED_AT = 8;

export interface SegmentHeader {
  readonly segment: number;
  /** The number of its first block. */
  readonly first: number;
  readonly tag: number;
}

export interface BlockHeader {
  /** Of the block without its header. */
  readonly size: number;
  readonly sequence: number;
}

export function writeSegmentHeader(header: SegmentHeader, crypto: Crypto): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, MAGIC);
  view.setUint32(4, VERSION);
  view.setBigUint64(8, BigInt(header.segment));
  view.setBigUint64(16, BigInt(header.first));
  view.setUint32(24, header.tag);
  view.setUint32(SEGMENT_CRC_AT, crypto.crc32(bytes.subarray(0, SEGMENT_CRC_AT)));
  return bytes;
}

/** Undefined when it is none, or not all of it is there.
 *  @throws {WallarooError} `log_newer` when a later version wrote it */
export function readSegmentHeader(bytes: Uint8Array, crypto: Crypto): SegmentHeader | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES) return undefined;
  const view = viewOf(bytes);
  if (view.getUint32(0) !== MAGIC) return undefined;
  const crc = crypto.crc32(bytes.subarray(0, SEGMENT_CRC_AT));
  if (crc !== view.getUint32(SEGMENT_CRC_AT)) return undefined;
  const version = view.getUint32(4);
  if (version !== VERSION) {
    throw externalError(
      "log_newer",
      `the log has format ${version}, this wallaroo reads ${VERSION}: start the one that wrote it`,
    );
  }
  return {
    segment: Number(view.getBigUint64(8)),
    first: Number(view.getBigUint64(16)),
    tag: view.getUint32(24),
  };
}

/** Fills the header of a block into its first bytes. */
export function sealBlock(block: Uint8Array, tag: number, sequence: number, crypto: Crypto): void {
  const view = viewOf(block);
  view.setUint32(0, tag);
  view.setUint32(COVERED_AT, block.length - BLOCK_HEADER_BYTES);
  view.setUint32(COVERED_AT + 4, 0);
  view.setBigUint64(COVERED_AT + 8, BigInt(sequence));
  view.setUint32(BLOCK_CRC_AT, crypto.crc32(block.subarray(COVERED_AT)));
}

/** What a header says, before the block is read and checked; undefined when it is none. */
export function peekBlock(bytes: Uint8Array, tag: number): BlockHeader | undefined {
  if (bytes.length < BLOCK_HEADER_BYTES) return undefined;
  const view = viewOf(bytes);
  const size = view.getUint32(COVERED_AT);
  if (view.getUint32(0) !== tag || size > RECORD_LOG_BLOCK_BYTES_MAX) return undefined;
  return { size, sequence: Number(view.getBigUint64(COVERED_AT + 8)) };
}

/** Whether the bytes of a block begin there, whole or not. */
export function startsBlock(bytes: Uint8Array, tag: number): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0) === tag;
}

/** Whether a block with its header is as it was written. */
export function isWholeBlock(block: Uint8Array, crypto: Crypto): boolean {
  return crypto.crc32(block.subarray(COVERED_AT)) === viewOf(block).getUint32(BLOCK_CRC_AT);
}

/** `000000000001.log` */
export function segmentName(segment: number): string {
  return `${String(segment).padStart(12, "0")}.log`;
}

/** `000000000001.spare` */
export function spareName(number: number): string {
  return `${String(number).padStart(12, "0")}.spare`;
}

export function isSpare(name: string): boolean {
  return /^\d{12}\.spare$/.test(name);
}

/** The number in a name; undefined when it is no segment's. */
export function segmentOf(name: string): number | undefined {
  return /^\d{12}\.log$/.test(name) ? Number(name.slice(0, 12)) : undefined;
}

/** `advice`: what people can do, as the end of a sentence. */
export function logDamaged(where: string, why: string, advice: string): WallarooError {
  return externalError(
    "log_damaged",
    `${where} is damaged: ${why}. What it held was promised to be kept: ${advice}`,
  );
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
