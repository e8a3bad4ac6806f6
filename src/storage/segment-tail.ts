/**
 * What the newest segment of a log holds after a crash: its whole blocks, and where they end.
 *
 * T1. A block is begun only when the one before it is durable. So what is broken and followed by a
 *     whole block was durable once, and is damage; what is broken and last was never promised.
 * T2. A segment may lie over an older one, whose bytes follow: its blocks have another tag, which
 *     is random, and lower numbers. They are none of ours.
 * T3. Damage hides nothing behind it: who has read past it does not need it.
 */
import type { Crypto } from "../ports/crypto.ts";
import {
  BLOCK_HEADER_BYTES,
  isWholeBlock,
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
  readonly damaged: readonly DamagedPart[];
}

export interface DamagedPart {
  readonly start: number;
  /** Where the next whole block begins: `start` itself where blocks are left out or swapped. */
  readonly end: number;
  readonly why: string;
}

/** `bytes`: the whole segment. */
export function findTail(
  bytes: Uint8Array,
  { tag, first }: SegmentHeader,
  crypto: Crypto,
): SegmentTail {
  let end = SEGMENT_HEADER_BYTES;
  let sequence = first;
  const damaged: DamagedPart[] = [];
  for (;;) {
    const size = blockAt(bytes, end, tag, sequence, crypto);
    if (size !== undefined) {
      end += size;
      sequence++;
      continue;
    }
    const later = findBlock(bytes, end, { tag, first }, crypto);
    if (later === undefined) {
      return { end, sequence, isTorn: startsBlock(bytes.subarray(end), tag), damaged };
    }
    const why = `block ${sequence} is not whole, and block ${later.sequence} behind it is`;
    damaged.push({ start: end, end: later.at, why }); // T1
    end = later.at; // T3
    sequence = later.sequence;
  }
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

/** The first whole block from `from` on, of a number that the segment may hold. T2 */
export function findBlock(
  bytes: Uint8Array,
  from: number,
  { tag, first }: { readonly tag: number; readonly first: number },
  crypto: Crypto,
): { readonly at: number; readonly sequence: number } | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mark = Buffer.alloc(4);
  mark.writeUInt32BE(tag);
  for (let at = buffer.indexOf(mark, from); at >= 0; at = buffer.indexOf(mark, at + 1)) {
    const header = peekBlock(bytes.subarray(at), tag);
    if (header === undefined || header.sequence < first) continue;
    const end = at + BLOCK_HEADER_BYTES + header.size;
    if (end <= bytes.length && isWholeBlock(bytes.subarray(at, end), crypto)) {
      return { at, sequence: header.sequence };
    }
  }
  return undefined;
}
