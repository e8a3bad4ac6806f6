/**
 * What one connection is to send: whole frames, in order.
 *
 * Owns: the frames that the connection did not take yet, by reference, and the place in the first.
 * Does not own: frames that were lost with a connection (their channels keep them).
 *
 * O1. Frames leave whole and in the order in which they were put.
 * O2. Small ones leave together: one write for a turn, or for `GATHER_BYTES`.
 */
import { GATHER_BYTES } from "../model/wire-limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { Connection } from "../ports/network.ts";

/** A frame that is longer is written as it is: copying would cost more than the call. */
const DIRECT_BYTES = GATHER_BYTES / 4;
/** Finished frames are removed from the list when there are so many. */
const COMPACT = 256;

export class Outbound {
  readonly #connection: Connection;
  readonly #clock: Clock;
  #frames: Uint8Array[] = [];
  #head = 0;
  /** What was taken of the first. */
  #taken = 0;
  #queued = 0;
  #isFull = false;
  #isPlanned = false;
  #scratch: Buffer | undefined;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Bytes that wait. */
  get queued(): number {
    return this.#queued;
  }

  /** The frame must not be changed any more. */
  put(frame: Uint8Array): void {
    this.#frames.push(frame);
    this.#queued += frame.length;
    if (this.#isFull) return;
    if (this.#queued >= GATHER_BYTES) this.flush();
    else if (!this.#isPlanned) {
      this.#isPlanned = true;
      this.#clock.soon(() => {
        this.#isPlanned = false;
        this.flush();
      });
    }
  }

  /** The connection takes more again. */
  drained(): void {
    this.#isFull = false;
    this.flush();
  }

  /** Writes all that waits, as far as the connection takes it. */
  flush(): void {
    while (!this.#isFull && this.#queued > 0) {
      const head = this.#frames[this.#head]!;
      const left = head.length - this.#taken;
      if (left >= DIRECT_BYTES || this.#head + 1 === this.#frames.length) {
        this.#write(head, this.#taken, head.length);
      } else {
        const scratch = (this.#scratch ??= Buffer.allocUnsafeSlow(GATHER_BYTES));
        this.#write(scratch, 0, this.#gather(scratch));
      }
    }
  }

  #gather(into: Buffer): number {
    let at = 0;
    for (let i = this.#head; i < this.#frames.length; i++) {
      const frame = this.#frames[i]!;
      const from = i === this.#head ? this.#taken : 0;
      if (at + frame.length - from > GATHER_BYTES) break;
      into.set(from === 0 ? frame : frame.subarray(from), at);
      at += frame.length - from;
    }
    return at;
  }

  #write(bytes: Uint8Array, start: number, end: number): void {
    const taken = this.#connection.write(bytes, start, end);
    // Closed: what waits is of no use any more, and the close is told soon.
    if (taken < 0) this.drop();
    else {
      this.#advance(taken);
      this.#isFull = taken < end - start;
    }
  }

  #advance(taken: number): void {
    this.#queued -= taken;
    let left = this.#taken + taken;
    while (this.#head < this.#frames.length && left >= this.#frames[this.#head]!.length) {
      left -= this.#frames[this.#head]!.length;
      this.#head++;
    }
    this.#taken = left;
    if (this.#head < COMPACT && this.#head < this.#frames.length) return;
    this.#frames = this.#frames.slice(this.#head);
    this.#head = 0;
  }

  /** Nothing more is to leave. */
  drop(): void {
    this.#frames = [];
    this.#head = 0;
    this.#taken = 0;
    this.#queued = 0;
    this.#isFull = true;
  }
}
