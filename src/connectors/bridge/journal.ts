/**
 * The records since the last decision, as frames for the receiver: what a new connection is sent
 * again.
 *
 * J1. Offsets are those of the records' bytes, without gaps: the next message's id is the end.
 * J2. Above `BRIDGE_REPLAY_BYTES_MAX` what was sent is let go of: then it cannot be sent again.
 */
import { ByteWriter } from "../../base/bytes.ts";
import type { Encoder } from "../../model/codec.ts";
import type { FrameKind } from "../../model/frame.ts";
import { BRIDGE_REPLAY_BYTES_MAX } from "../../model/limits.ts";
import { type FrameWriter, frameWriter } from "../../transport/frame-writer.ts";
import { LENGTH_BYTES, MESSAGE_HEAD_BYTES, TAG } from "./frames.ts";
import { DATA_STREAM } from "./two-phase.ts";

const HEAD_BYTES = LENGTH_BYTES + MESSAGE_HEAD_BYTES;
/** A giant must not keep its memory for ever. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;
const FIRST_BYTES = 64 * 1024;

export class Journal<T> {
  readonly #frames: FrameWriter;
  #encoder: Encoder<T>;
  #out = new ByteWriter(FIRST_BYTES);
  #sent = 0;
  #isCut = false;
  /** Where the records' bytes begin and end in the receiver's stream. */
  start = 0;
  end = 0;
  /** Records since the last decision. */
  records = 0;

  constructor(frame: FrameKind, encoder: Encoder<T>) {
    this.#frames = frameWriter(frame);
    this.#encoder = encoder;
  }

  useEncoder(encoder: Encoder<T>): void {
    this.#encoder = encoder;
  }

  /** Frames that were not sent on this connection. */
  get unsentBytes(): number {
    return this.#out.at - this.#sent;
  }

  /** Something of it is with the receiver, or was. */
  get hasSent(): boolean {
    return this.#sent > 0 || this.#isCut;
  }

  /** Appends a record as a message. @throws what the encoder throws; then nothing is appended */
  add(record: T): void {
    const out = this.#out;
    const at = out.at;
    try {
      out.reserve(HEAD_BYTES);
      out.u32(0);
      out.u8(TAG.message);
      out.u64(DATA_STREAM);
      out.u64(BigInt(this.end)); // J1
      out.i64(0n);
      out.u16(0);
      const content = out.at;
      this.#frames.write(this.#encoder, record, out);
      this.end += out.at - content;
    } catch (error) {
      out.at = at;
      throw error;
    }
    out.patchU32(at, out.at - at - LENGTH_BYTES);
    this.records++;
  }

  /** Gives `write` what is unsent; it tells how much it took. False when something is left. */
  send(write: (bytes: Uint8Array, start: number, end: number) => number): boolean {
    while (this.#sent < this.#out.at) {
      const taken = write(this.#out.buffer, this.#sent, this.#out.at);
      if (taken <= 0) return false;
      this.#sent += taken;
    }
    if (this.#out.at > BRIDGE_REPLAY_BYTES_MAX) this.#letGo();
    return true;
  }

  /** All goes again, on a new connection. False when it cannot (J2). */
  rewind(): boolean {
    if (this.#isCut) return false;
    this.#sent = 0;
    return true;
  }

  /** It is decided: the next record stands at `offset`. */
  begin(offset: number): void {
    this.#letGo();
    this.#isCut = false;
    this.start = offset;
    this.end = offset;
    this.records = 0;
  }

  #letGo(): void {
    if (this.#out.buffer.length > KEPT_BYTES_MAX) this.#out = new ByteWriter(FIRST_BYTES);
    this.#out.clear();
    this.#sent = 0;
    this.#isCut = true;
  }
}
