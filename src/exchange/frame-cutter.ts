/**
 * Cuts a stream of bytes into frames. The bytes may be anything.
 *
 * Owns: the begin of a frame whose rest has not arrived, grown as bytes come.
 *
 * F1. Nothing is handed on that was not checked: magic, version, type, length, checksum.
 * F2. A length is refused as soon as the header is there; no memory is taken for an announcement.
 * F3. After an error nothing more is taken: the connection is to be closed.
 */
import { externalError } from "../base/errors.ts";
import { HeldBytes } from "../base/held-bytes.ts";
import { asBuffer } from "../base/line-cutter.ts";
import { HELLO_BYTES_MAX, PAYLOAD_BYTES_MAX } from "../model/wire-limits.ts";
import type { Crypto } from "../ports/crypto.ts";
import {
  FRAME_CHECK_AT,
  FRAME_CRC_BYTES,
  FRAME_HEADER_BYTES,
  FRAME_MAGIC,
  FRAME_VERSION,
  getU32,
  payloadMax,
  type Frame,
  type FrameType,
} from "./frame.ts";

/** Memory for frames that span chunks is kept for the next one up to this size. */
const KEPT_BYTES = 1 << 20;
const TWO_32 = 2 ** 32;
const HIGH_MAX = 2 ** 21;

/** Takes a frame; false when the connection is closed and nothing more is wanted. */
export type TakeFrame = (frame: Frame) => boolean;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class FrameCutter {
  readonly #crypto: Pick<Crypto, "crc32">;
  readonly #held = new HeldBytes();
  readonly #frame: Writable<Frame> = {
    type: 1,
    leaderEpoch: 0,
    attempt: 0,
    channel: 0,
    sequence: 0,
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    check: 0,
  };
  #payloadMax = HELLO_BYTES_MAX;
  #isOver = false;

  constructor(crypto: Pick<Crypto, "crc32">) {
    this.#crypto = crypto;
  }

  /** The peer has proved who it is: long frames are taken. */
  trust(): void {
    this.#payloadMax = PAYLOAD_BYTES_MAX;
  }

  get heldBytes(): number {
    return this.#held.size;
  }

  /** Hands on the frames that are whole. @throws {WallarooError} `bad_frame` */
  push(chunk: Uint8Array, take: TakeFrame): void {
    if (this.#isOver) return; // F3
    const bytes = asBuffer(chunk);
    this.#isOver = true;
    let at = this.#finishHeld(bytes, take);
    while (at >= 0 && bytes.length - at >= FRAME_HEADER_BYTES) {
      const end = at + this.#sizeAt(bytes, at);
      if (end > bytes.length) break;
      if (!this.#hand(bytes, at, end, take)) return;
      at = end;
    }
    if (at < 0) return;
    if (at < bytes.length) {
      // What the longest frame may have, so that growing stops there.
      this.#held.append(bytes, at, bytes.length, this.#payloadMax + FRAME_HEADER_BYTES);
    }
    this.#isOver = false;
  }

  /** The offset behind the frame that was begun in an earlier chunk; -1 to stop. */
  #finishHeld(bytes: Buffer, take: TakeFrame): number {
    const held = this.#held;
    if (held.size === 0) return 0;
    let at = this.#fill(bytes, 0, FRAME_HEADER_BYTES);
    if (held.size < FRAME_HEADER_BYTES) return at;
    const size = this.#sizeAt(held.bytes, 0);
    at = this.#fill(bytes, at, size);
    if (held.size < size) return at;
    const whole = held.bytes;
    held.size = 0;
    if (whole.length > KEPT_BYTES) held.release();
    return this.#hand(whole, 0, size, take) ? at : -1;
  }

  #fill(bytes: Buffer, at: number, wanted: number): number {
    const end = Math.min(bytes.length, at + wanted - this.#held.size);
    if (end <= at) return at;
    this.#held.append(bytes, at, end, wanted);
    return end;
  }

  /** The size of the whole frame whose header is at `at`. F2 */
  #sizeAt(bytes: Uint8Array, at: number): number {
    if (getU32(bytes, at) !== FRAME_MAGIC) throw badFrame("it does not begin as a frame");
    const version = (bytes[at + 6]! << 8) | bytes[at + 7]!;
    if (version !== FRAME_VERSION) throw badFrame(`version ${version}, ours is ${FRAME_VERSION}`);
    const type = bytes[at + 4]!;
    const limit = payloadMax(type);
    if (limit === undefined) throw badFrame(`type ${type} is unknown`);
    const size = getU32(bytes, at + 8);
    const most = Math.min(limit, this.#payloadMax);
    if (size > most) throw badFrame(`payload of ${size} bytes, limit ${most}`);
    const check = this.#crypto.crc32(bytes.subarray(at, at + FRAME_CHECK_AT));
    if (check !== getU32(bytes, at + FRAME_CHECK_AT)) throw badFrame("its header is damaged");
    if (bytes[at + 5] !== 0) throw badFrame(`flags ${bytes[at + 5]} are unknown`);
    return FRAME_HEADER_BYTES + size + FRAME_CRC_BYTES;
  }

  #hand(bytes: Uint8Array, at: number, end: number, take: TakeFrame): boolean {
    const crcAt = end - FRAME_CRC_BYTES;
    const check = getU32(bytes, crcAt);
    if (this.#crypto.crc32(bytes.subarray(at, crcAt)) !== check) {
      throw badFrame("its checksum is wrong"); // F1
    }
    const high = getU32(bytes, at + 24);
    if (high >= HIGH_MAX) throw badFrame("its sequence is above 2^53");
    const frame = this.#frame;
    frame.type = bytes[at + 4] as FrameType; // Known to payloadMax.
    frame.leaderEpoch = getU32(bytes, at + 12);
    frame.attempt = getU32(bytes, at + 16);
    frame.channel = getU32(bytes, at + 20);
    frame.sequence = high * TWO_32 + getU32(bytes, at + 28);
    frame.bytes = bytes;
    frame.start = at + FRAME_HEADER_BYTES;
    frame.end = crcAt;
    frame.check = check;
    return take(frame);
  }
}

export function badFrame(what: string): Error {
  return externalError("bad_frame", `no frame of a worker: ${what}`);
}
