/**
 * The receiving end of one channel on a link. Lives as long as its generation, over connections.
 *
 * R1. Frames are handed on as 1, 2, 3 ...: one that came before is dropped, a gap is an error.
 * R2. Data that was not granted is an error, so what waits is at most the window, or one frame.
 */
import { assert } from "../base/assert.ts";
import { CHANNEL_WINDOW_BYTES } from "../model/wire-limits.ts";
import { badFrame } from "./frame-cutter.ts";
import { FRAME, type Frame, type FrameType } from "./frame.ts";

/** Takes one frame of a channel, with its checksum. The bytes are valid during the call. */
export type OnFrame = (
  type: FrameType,
  bytes: Uint8Array,
  start: number,
  end: number,
  check: number,
) => void;

/** Asks for an acknowledgement or a grant to be sent: now, or with the others in a while. */
export interface ReceiveWake {
  soon(channel: ReceiveChannel): void;
  later(channel: ReceiveChannel): void;
}

export class ReceiveChannel {
  readonly id: number;
  readonly onFrame: OnFrame;
  /** The connection of the moment. */
  wake: ReceiveWake | undefined;
  /** Frames that came again after a reconnect. */
  duplicates = 0;
  #next = 1;
  #window = CHANNEL_WINDOW_BYTES;
  #received = 0;
  #consumed = 0;
  #granted = 0;
  #isGranted = false;

  constructor(id: number, onFrame: OnFrame) {
    this.id = id;
    this.onFrame = onFrame;
  }

  /** The sequence that is wanted. */
  get next(): number {
    return this.#next;
  }

  /** Bytes of data that were handed on and not consumed. */
  get waiting(): number {
    return this.#received - this.#consumed;
  }

  /** `bytes` more of the data that was handed on are done with: the sender may send as much. */
  consumed(bytes: number): void {
    this.#consumed += bytes;
    assert(this.#consumed <= this.#received, "what is consumed was received");
    const owed = this.#consumed + this.#window - this.#granted;
    if (owed === 0) return;
    if (owed * 4 >= this.#window) this.wake?.soon(this);
    else this.wake?.later(this);
  }

  /** Before the first connection. */
  open(window: number): void {
    this.#window = window;
  }

  /** The number to grant, which counts as granted from here on. */
  takeGrant(): number {
    this.#isGranted = true;
    this.#granted = this.#consumed + this.#window;
    return this.#granted;
  }

  /** Whether more could be granted than was. */
  get owesGrant(): boolean {
    return !this.#isGranted || this.#granted < this.#consumed + this.#window;
  }

  /** Hands a frame on; false when it came before. @throws {WallarooError} `bad_frame` */
  take({ type, sequence, bytes, start, end, check }: Frame): boolean {
    if (sequence < this.#next) {
      this.duplicates++;
      return false;
    }
    if (sequence > this.#next) {
      throw badFrame(`channel ${this.id} goes on at ${sequence}, wanted was ${this.#next}`); // R1
    }
    if (type === FRAME.data) {
      const size = end - start;
      if (this.#received + size > this.#granted && this.waiting > 0) {
        const beyond = this.#received + size - this.#granted;
        throw badFrame(`channel ${this.id} sends ${beyond} bytes that were not granted`); // R2
      }
      this.#received += size;
    }
    this.#next++;
    this.onFrame(type, bytes, start, end, check);
    return true;
  }
}
