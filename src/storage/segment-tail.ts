/**
 * What the newest segment of a log holds after a crash: its whole blocks, and where they end.
 *
 * T1. A block is begun only when the one before it is durable. So what is broken and followed by a
 *     whole block was durable once, and is damage; what is broken and last was never promised.
 * T2. A segment may lie over an older one, whose bytes follow: its blocks have another tag, which
 *     is random, and lower numbers. They are none of ours.
 */
import type { Crypto } from "../ports/crypto.ts";
import {
  BLOCK_HEADER_BYTES,
  isWholeBlock,
  logDamaged,
  peekBlock,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
  startsBlock,
} from "./log-segment.ts";

export interface SegmentTail {
  /** Behind the last whole block. */
  readonly end: number;
  /** The number that comes next. */
  readonly sequence: number;
  /** A block was begun there. */
  readonly isTorn: boolean;
}

/** `bytes`: the whole segment. @throws {WallarooError} `log_damaged` */
export function findTail(
  bytes: Uint8Array,
  { tag, first }: SegmentHeader,
  where: string,
  crypto: Crypto,
): SegmentTail {
  let end = SEGMENT_HEADER_BYTES;
  let sequence = first;
  for (;;) {
    const size = blockAt(bytes, end, tag, sequence, crypto);
    if (size === undefined) break;
    end += size;
    sequence++;
  }
  const later = findBlock(bytes, end, { tag, first }, crypto);
  if (later === undefined) return { end, sequence, isTorn: startsBlock(bytes.subarray(end), tag) };
  throw logDamaged(
    `${where}, at byte ${end}`, // T1
    `block ${sequence} is not whole, and block ${later.sequence} behind it is`,
  );
}

/** The size of a whole block of that number with its header. */
function blockAt(
  bytes: Uint8Array,
  at: number,
  tag: number,
  sequence: number,
  crypto: Crypto,
): number | undefined {
  const header = peekBlock(bytes.subarray(at), tag);
  if (header === undefined || header.sequence !== sequence) return undefined;
  const size = BLOCK_HEADER_BYTES + header.size;
  if (at + size > bytes.length) return undefined;
  return isWholeBlock(bytes.subarray(at, at + size), crypto) ? size : undefined;
}

/** Any whole block from `from` on, of a number that the segment may hold. T2 */
function findBlock(
  bytes: Uint8Array,
  from: number,
  { tag, first }: { readonly tag: number; readonly first: number },
  crypto: Crypto,
): { readonly sequence: number } | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mark = Buffer.alloc(4);
  mark.writeUInt32BE(tag);
  for (let at = buffer.indexOf(mark, from); at >= 0; at = buffer.indexOf(mark, at + 1)) {
    const header = peekBlock(bytes.subarray(at), tag);
    if (header === undefined || header.sequence < first) continue;
    const end = at + BLOCK_HEADER_BYTES + header.size;
    if (end <= bytes.length && isWholeBlock(bytes.subarray(at, end), crypto)) return header;
  }
  return undefined;
}
