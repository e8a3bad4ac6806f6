/**
 * The form of a segment: the file that one instance of a task writes at a barrier. All numbers are
 * big-endian.
 *
 * "WSEG", version u16, size of header u32, header, CRC-32 of all before;
 * blocks: size u32, size inflated u32, CRC-32 of the size fields and the bytes u32, bytes;
 * footer, its CRC-32, its size u32, "WEND".
 *
 * Header and footer are plain data. Blocks are compressed; a block holds whole records, and records
 * of a block are of key groups between its least and its greatest. A record is the size of what
 * follows, its key group, a varint, and what state wrote.
 */
import { externalError, messageOf } from "../base/errors.ts";
import { ByteWriter } from "../base/bytes.ts";
import { readPlain } from "../codec/plain-read.ts";
import { writePlain } from "../codec/plain-write.ts";
import { SEGMENT_BLOCK_BYTES, SEGMENT_META_BYTES_MAX } from "../model/limits.ts";
import type { GroupRanges } from "../model/checkpoint.ts";
import type { Generation } from "../model/placement.ts";
import type { StateHeader } from "../model/state-header.ts";

export const SEGMENT_VERSION = 2;
export const HEAD_BYTES = 10;
export const TAIL_BYTES = 12;
export const BLOCK_HEAD_BYTES = 12;
/** The length of a record, before it: a varint of two bytes, or of five where it is longer. */
export const RECORD_SIZE_BYTES = 2;
export const LONG_SIZE_BYTES = 5;
export const SHORT_RECORD_MAX = 0x3fff;

/** What to do about a file that cannot be used. */
export const MEND =
  "put it back from a copy, or begin from another checkpoint: `wallaroo checkpoints JOB` lists " +
  "them, `wallaroo restore JOB --from N --accept-duplicates` begins; for a job of `wallaroo run " +
  "--data DIR` these are `wallaroo checkpoint ls --data DIR` and `--from N --accept-duplicates`";

const MAGIC = "WSEG";
const END = "WEND";

/** A state whose entries are in a segment; records name it by its place in the header. */
export interface SegmentTable extends StateHeader {
  /** Of each part, whether its values are bytes of the app's own codec. */
  readonly codecs: readonly boolean[];
}

export interface SegmentHeader {
  readonly job: string;
  readonly epoch: number;
  readonly generation: Generation;
  readonly keyGroups: number;
  readonly tables: readonly SegmentTable[];
}

export type BlockKind = "removals" | "entries" | "extras";

export interface BlockInfo {
  readonly kind: BlockKind;
  readonly offset: number;
  /** With its head. */
  readonly size: number;
  readonly records: number;
  readonly leastGroup: number;
  readonly greatestGroup: number;
}

export interface SegmentFooter {
  readonly blocks: readonly BlockInfo[];
  /** Key groups of which everything is here, by the table's place in the header. */
  readonly full: readonly GroupRanges[];
  /** The clocks of tables with a ttl, ms, by their place in the header. */
  readonly clocks: readonly number[];
  /** Names of fields of values, by the table's place in the header. */
  readonly names: readonly (readonly (readonly string[])[])[];
}

/** Something of a step that is no keyed state: what is under way in it. */
export interface Extra {
  readonly step: string;
  /** What it is, which the step knows. */
  readonly kind: string;
  readonly value: unknown;
}

/** The beginning of a segment. `crc`: of bytes. */
export function headBytes(header: SegmentHeader, crc: (bytes: Uint8Array) => number): Uint8Array {
  const meta = metaBytes(header);
  const into = new ByteWriter(HEAD_BYTES + meta.length + 4);
  into.utf8(MAGIC);
  into.u16(SEGMENT_VERSION);
  into.u32(meta.length);
  into.bytes(meta);
  into.u32(crc(into.buffer.subarray(0, into.at)));
  return into.take();
}

export function tailBytes(footer: SegmentFooter, crc: (bytes: Uint8Array) => number): Uint8Array {
  const meta = metaBytes(footer);
  const into = new ByteWriter(meta.length + TAIL_BYTES);
  into.bytes(meta);
  into.u32(crc(meta));
  into.u32(meta.length);
  into.utf8(END);
  return into.take();
}

/** The size of the header, from the first bytes of a file. @throws {WallarooError} `damaged` */
export function headSize(head: Uint8Array, name: string): number {
  const view = viewOf(head);
  if (head.length < HEAD_BYTES || text(head, 0, 4) !== MAGIC) {
    throw damaged(name, "it does not begin as a file of a checkpoint");
  }
  const version = view.getUint16(4);
  if (version < SEGMENT_VERSION) {
    throw externalError(
      "older_version",
      `${name} has form ${version}, of an engine before the first release: this one reads form ` +
        `${SEGMENT_VERSION} and later ones; begin the job anew`,
    );
  }
  if (version !== SEGMENT_VERSION) {
    throw externalError(
      "newer_version",
      `${name} has form ${version}, and this engine reads form ${SEGMENT_VERSION}: run the ` +
        "engine that wrote it, or a newer one",
    );
  }
  return HEAD_BYTES + bounded(view.getUint32(6), name) + 4;
}

/** @throws {WallarooError} `damaged` */
export function readHead(
  bytes: Uint8Array,
  name: string,
  crc: (bytes: Uint8Array) => number,
): SegmentHeader {
  const end = bytes.length - 4;
  if (viewOf(bytes).getUint32(end) !== crc(bytes.subarray(0, end))) {
    throw damaged(name, "its header has another checksum");
  }
  // Written by us, checked by its CRC.
  return plainOf(bytes, HEAD_BYTES, end, name) as SegmentHeader;
}

/** The size of footer and tail, from the last bytes of a file. @throws {WallarooError} `damaged` */
export function tailSize(tail: Uint8Array, name: string): number {
  if (tail.length < TAIL_BYTES || text(tail, TAIL_BYTES - 4, TAIL_BYTES) !== END) {
    throw damaged(name, "it does not end as a file of a checkpoint: is it cut off?");
  }
  return bounded(viewOf(tail).getUint32(4), name) + TAIL_BYTES;
}

/** @throws {WallarooError} `damaged` */
export function readTail(
  bytes: Uint8Array,
  name: string,
  crc: (bytes: Uint8Array) => number,
): SegmentFooter {
  const end = bytes.length - TAIL_BYTES;
  if (viewOf(bytes).getUint32(end) !== crc(bytes.subarray(0, end))) {
    throw damaged(name, "its footer has another checksum");
  }
  return plainOf(bytes, 0, end, name) as SegmentFooter; // Written by us, checked by its CRC.
}

export function damaged(name: string, why: string): Error {
  return externalError("damaged", `${name} is damaged: ${why}; ${MEND}`);
}

function metaBytes(meta: object): Uint8Array {
  const into = new ByteWriter(SEGMENT_BLOCK_BYTES);
  writePlain(meta, into);
  return into.take();
}

function bounded(size: number, name: string): number {
  if (size <= SEGMENT_META_BYTES_MAX) return size;
  throw damaged(name, `it says that its header has ${size} bytes, limit ${SEGMENT_META_BYTES_MAX}`);
}

function plainOf(bytes: Uint8Array, start: number, end: number, name: string): unknown {
  try {
    return readPlain(bytes, start, end);
  } catch (error) {
    throw damaged(name, messageOf(error));
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function text(bytes: Uint8Array, start: number, end: number): string {
  return new TextDecoder("latin1").decode(bytes.subarray(start, end));
}
