/**
 * The frame between workers, and how one is made.
 *
 *     magic u32 | type u8 | flags u8 (0) | version u16 | payload length u32 | leader epoch u32 |
 *     attempt u32 | channel u32 | sequence u64, below 2^53 | CRC-32 u32 of the header before it |
 *     payload | CRC-32 u32 of all before it
 *
 * Big-endian. `sequence` is the number of a frame in its channel for the types that are in order,
 * and the number that the type is about for GRANT (bytes), ACK (last received) and RESUME (next).
 * The header has a checksum of its own, since one wrong bit in the length would make the receiver
 * wait for megabytes while heartbeats tell it that all is well.
 */
import { WallarooError } from "../base/errors.ts";
import type { Generation } from "../model/placement.ts";
import { CONTROL_PAYLOAD_BYTES_MAX } from "../model/wire-limits.ts";
import { HELLO_BYTES_MAX, PAYLOAD_BYTES_MAX } from "../model/wire-limits.ts";
import type { Crypto } from "../ports/crypto.ts";

export const FRAME = {
  hello: 1,
  challenge: 2,
  proof: 3,
  welcome: 4,
  refuse: 5,
  /** In the order of its channel, from here to `end`. */
  data: 16,
  barrier: 17,
  watermark: 18,
  end: 19,
  /** The sender of the channel may have sent so many bytes of data. */
  grant: 32,
  /** Frames up to this one have arrived. */
  ack: 33,
  /** The frame that is wanted next, at the begin of a connection. */
  resume: 34,
  heartbeat: 35,
  bye: 36,
} as const;
export type FrameType = (typeof FRAME)[keyof typeof FRAME];

export const FRAME_MAGIC = 0x574c_5258; // WLRX
export const FRAME_VERSION = 1;
export const FRAME_HEADER_BYTES = 36;
/** Where the header's checksum is. */
export const FRAME_CHECK_AT = 32;
export const FRAME_CRC_BYTES = 4;

/** A frame that arrived; the object and its bytes are valid during the call that hands it on. */
export interface Frame {
  readonly type: FrameType;
  readonly leaderEpoch: number;
  readonly attempt: number;
  readonly channel: number;
  readonly sequence: number;
  readonly bytes: Uint8Array;
  /** The payload is `bytes[start, end)`. */
  readonly start: number;
  readonly end: number;
  /** Its checksum, which was right. */
  readonly check: number;
}

/** The longest payload that each type may have; a type that is absent is unknown. */
const PAYLOAD_MAX: Readonly<Record<number, number>> = {
  [FRAME.hello]: HELLO_BYTES_MAX,
  [FRAME.challenge]: HELLO_BYTES_MAX,
  [FRAME.proof]: HELLO_BYTES_MAX,
  [FRAME.welcome]: HELLO_BYTES_MAX,
  [FRAME.refuse]: HELLO_BYTES_MAX,
  [FRAME.data]: PAYLOAD_BYTES_MAX,
  [FRAME.barrier]: CONTROL_PAYLOAD_BYTES_MAX,
  [FRAME.watermark]: CONTROL_PAYLOAD_BYTES_MAX,
  [FRAME.end]: CONTROL_PAYLOAD_BYTES_MAX,
  [FRAME.grant]: 0,
  [FRAME.ack]: 0,
  [FRAME.resume]: 0,
  [FRAME.heartbeat]: 0,
  [FRAME.bye]: 0,
};

/** The longest payload of a type; undefined when there is no such type. */
export function payloadMax(type: number): number | undefined {
  return PAYLOAD_MAX[type];
}

/** Whether frames of the type are numbered, kept until acknowledged, and sent again. */
export function isInOrder(type: FrameType): boolean {
  return type >= FRAME.data && type <= FRAME.end;
}

/** A whole frame around `payload[start, end)`, in memory of its own. */
export function makeFrame(
  type: FrameType,
  generation: Generation,
  channel: number,
  sequence: number,
  crypto: Pick<Crypto, "crc32">,
  payload: Uint8Array = NO_BYTES,
  start = 0,
  end = payload.length,
): Uint8Array {
  const size = end - start;
  const limit = payloadMax(type) ?? 0;
  if (size > limit) {
    throw new WallarooError("frame_too_large", `payload of ${size} bytes, limit ${limit}`, {
      domain: "internal",
    });
  }
  const crcAt = FRAME_HEADER_BYTES + size;
  const bytes = Buffer.allocUnsafeSlow(crcAt + FRAME_CRC_BYTES);
  putU32(bytes, 0, FRAME_MAGIC);
  bytes[4] = type;
  bytes[5] = 0;
  bytes[6] = 0;
  bytes[7] = FRAME_VERSION;
  putU32(bytes, 8, size);
  putU32(bytes, 12, generation.leaderEpoch);
  putU32(bytes, 16, generation.attempt);
  putU32(bytes, 20, channel);
  putU32(bytes, 24, Math.floor(sequence / TWO_32));
  putU32(bytes, 28, sequence);
  putU32(bytes, FRAME_CHECK_AT, crypto.crc32(bytes.subarray(0, FRAME_CHECK_AT)));
  if (size > 0) {
    const whole = start === 0 && end === payload.length;
    bytes.set(whole ? payload : payload.subarray(start, end), FRAME_HEADER_BYTES);
  }
  putU32(bytes, crcAt, crypto.crc32(bytes.subarray(0, crcAt)));
  return bytes;
}

/** The checksum of a frame that was made. */
export function checkOf(frame: Uint8Array): number {
  return getU32(frame, frame.length - FRAME_CRC_BYTES);
}

/** A sum of checksums that also tells in which order they came. */
export function addCheck(sum: number, check: number): number {
  return (Math.imul(sum, 31) + check) >>> 0;
}

const NO_BYTES = new Uint8Array(0);
const TWO_32 = 2 ** 32;

function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Without a view, whose making costs more than all the reads of a header. */
export function getU32(bytes: Uint8Array, at: number): number {
  const high = (bytes[at]! << 8) | bytes[at + 1]!;
  return ((high << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
