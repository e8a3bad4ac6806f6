/**
 * The sending end of one channel on a link.
 *
 * Owns: the frames that the peer has not acknowledged, and which of them were given to the current
 * connection. Does not own: the connection, the encoding of records.
 *
 * S1. Sequence numbers are 1, 2, 3 ... and never go back.
 * S2. Frames are given to a connection in order, after a resume from the one that is wanted: what
 *     is new comes last because it is behind in the same list.
 * S3. Bytes of data that were not granted are given to no connection. A frame that is larger than
 *     the whole window may go alone, when all before it was consumed.
 * S4. A frame is kept until it is acknowledged.
 */
import { assert } from "../base/assert.ts";
import type { Generation } from "../model/placement.ts";
import type { Crypto } from "../ports/crypto.ts";
import { badFrame } from "./frame-cutter.ts";
import { checkOf, FRAME, makeFrame, type FrameType } from "./frame.ts";
import type { Outbound } from "./outbound.ts";

/** The sending end of a channel, for who has records. */
export interface ChannelSender {
  readonly id: number;
  /** Bytes that may be sent now. The last frame may be longer: then it waits here, and this is
   *  below zero until its bytes were granted. */
  readonly credit: number;
  /** Frames that the peer has not acknowledged. */
  readonly unacknowledged: number;
  /** Called when there is credit again. */
  onCredit: (() => void) | undefined;
  /** Sends `payload[start, end)`, which is copied. Data only while `credit` is above 0; the other
   *  types need none, and stay in order with it. Returns the frame's checksum. */
  send(type: FrameType, payload?: Uint8Array, start?: number, end?: number): number;
}

interface Kept {
  readonly bytes: Uint8Array;
  readonly isData: boolean;
  /** Bytes of data of the channel before this frame, and with it. */
  readonly before: number;
  readonly through: number;
}

/** Acknowledged frames leave the list when there are so many. */
const COMPACT = 64;

export class SendChannel implements ChannelSender {
  readonly id: number;
  onCredit: (() => void) | undefined;
  readonly #generation: Generation;
  readonly #crypto: Crypto;
  readonly #wake: () => void;
  #kept: (Kept | undefined)[] = [];
  /** The place in `#kept` of the frame after the last acknowledged one. */
  #head = 0;
  #acknowledged = 0;
  /** The sequence that goes to the connection next; 0: the channel is not resumed on it. */
  #toSend = 0;
  #data = 0;
  #granted = 0;
  #window = 0;
  /** Frames given to a connection for a second time. */
  retransmitted = 0;
  #mostSent = 0;

  constructor(id: number, generation: Generation, crypto: Crypto, wake: () => void) {
    this.id = id;
    this.#generation = generation;
    this.#crypto = crypto;
    this.#wake = wake;
  }

  get credit(): number {
    return this.#granted - this.#data;
  }

  get unacknowledged(): number {
    return this.#kept.length - this.#head;
  }

  get isResumed(): boolean {
    return this.#toSend > 0;
  }

  send(type: FrameType, payload: Uint8Array = NO_BYTES, start = 0, end = payload.length): number {
    const isData = type === FRAME.data;
    assert(!isData || this.credit > 0, "data is sent while there is credit");
    const sequence = this.#acknowledged + this.unacknowledged + 1; // S1
    const { id } = this;
    const generation = this.#generation;
    const bytes = makeFrame(type, generation, id, sequence, this.#crypto, payload, start, end);
    const before = this.#data;
    if (isData) this.#data += end - start;
    this.#kept.push({ bytes, isData, before, through: this.#data });
    this.#wake();
    return checkOf(bytes);
  }

  /** Gives the connection all that it may have. */
  pump(outbound: Outbound): void {
    if (this.#toSend === 0) return;
    const base = this.#head - this.#acknowledged - 1;
    while (true) {
      const frame = this.#kept[base + this.#toSend];
      if (frame === undefined || (frame.isData && !this.#isGranted(frame))) return;
      outbound.put(frame.bytes);
      if (this.#toSend > this.#mostSent) this.#mostSent = this.#toSend;
      else this.retransmitted++;
      this.#toSend++;
    }
  }

  /** S3 */
  #isGranted({ before, through }: Kept): boolean {
    return through <= this.#granted || before + this.#window <= this.#granted;
  }

  /** There is no connection any more. */
  suspend(): void {
    this.#toSend = 0;
  }

  /** A new connection wants frame `next`. @throws {WallarooError} `bad_frame` if there is none */
  resume(next: number, window: number): void {
    if (next <= this.#acknowledged || next > this.#mostSent + 1) {
      throw badFrame(`channel ${this.id} is to resume at ${next}, ${this.#range()}`);
    }
    this.#window = window;
    this.#forget(next - 1);
    this.#toSend = next; // S2
  }

  /** @throws {WallarooError} `bad_frame` for what was never sent */
  acknowledge(sequence: number): void {
    if (sequence > this.#mostSent) {
      throw badFrame(`channel ${this.id} acknowledges ${sequence}, ${this.#range()}`);
    }
    this.#forget(sequence);
  }

  grant(bytes: number): void {
    if (bytes <= this.#granted) return;
    const hadCredit = this.credit > 0;
    this.#granted = bytes;
    if (!hadCredit && this.credit > 0) this.onCredit?.();
  }

  #forget(sequence: number): void {
    while (this.#acknowledged < sequence) {
      this.#kept[this.#head++] = undefined;
      this.#acknowledged++;
    }
    if (this.#head < COMPACT && this.#head < this.#kept.length) return;
    this.#kept = this.#kept.slice(this.#head);
    this.#head = 0;
  }

  #range(): string {
    return `acknowledged are ${this.#acknowledged}, sent are ${this.#mostSent}`;
  }
}

const NO_BYTES = new Uint8Array(0);
