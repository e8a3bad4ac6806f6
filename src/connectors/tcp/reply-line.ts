/**
 * The way back on a producer's connection: frames of replies that the kernel has not taken.
 *
 * A1. Whole frames are added, so several sinks may reply on one connection.
 * A2. Once the connection is gone nothing is held, and whoever waits is told.
 */
import { ByteWriter } from "../../base/bytes.ts";
import type { Encoder } from "../../model/codec.ts";
import { SINK_BYTES_MAX } from "../../model/limits.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Connection } from "../../ports/network.ts";
import type { FrameWriter } from "../../transport/frame-writer.ts";
import type { Origin } from "./options.ts";

const FIRST_BYTES = 1024;
/** An empty buffer that grew larger than this is not kept: there may be ten thousand. */
const KEEP_BYTES_MAX = 16 * 1024;

export class ReplyLine {
  readonly from: Origin;
  readonly peer: string;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #bytes = new ByteWriter(FIRST_BYTES);
  #sent = 0;
  #isStopped = false;
  isGone = false;
  /** Monotonic ms when bytes were last taken, or the producer sent its last. */
  takenAt: number;

  constructor(from: Origin, peer: string, connection: Connection, clock: Clock) {
    this.from = from;
    this.peer = peer;
    this.#connection = connection;
    this.#clock = clock;
    this.takenAt = clock.monotonic();
  }

  get heldBytes(): number {
    return this.#bytes.at - this.#sent;
  }

  get isFull(): boolean {
    return this.heldBytes >= SINK_BYTES_MAX;
  }

  /** Adds a reply; after an error it is as it was. */
  add<T>(frames: FrameWriter, encoder: Encoder<T>, value: T): void {
    frames.write(encoder, value, this.#bytes);
  }

  /** Whoever waits for a reply waits from now. */
  touch(): void {
    this.takenAt = this.#clock.monotonic();
  }

  /** Offers what is held. */
  send(): void {
    if (this.#isStopped || this.isGone || this.heldBytes === 0) return;
    const { at, buffer } = this.#bytes;
    while (this.#sent < at) {
      const taken = this.#connection.write(buffer, this.#sent, at);
      if (taken < 0) {
        this.gone();
        return;
      }
      this.#sent += taken;
      if (taken > 0) this.takenAt = this.#clock.monotonic();
      if (this.#sent < at) {
        this.#isStopped = true;
        break;
      }
    }
    this.#compact();
  }

  /** The kernel takes more. */
  drained(): void {
    this.#isStopped = false;
    this.send();
    if (this.heldBytes < SINK_BYTES_MAX / 2) this.#tell();
  }

  /** Calls `fn` once, when there is room, all is taken, or the connection is gone. */
  onRoom(fn: () => void): void {
    this.#waiting.push(fn);
  }

  gone(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.#bytes = new ByteWriter(0);
    this.#sent = 0;
    this.#tell();
  }

  /** Gives the reader up. */
  terminate(): void {
    this.#connection.terminate();
    this.gone();
  }

  /** Ends the connection when all is taken, at the latest after `ms`; then the rest is lost.
   *  Resolves with how many bytes that is. */
  async finish(ms: number): Promise<number> {
    if (this.heldBytes > 0 && !this.isGone) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = this.#clock.after(ms, resolve);
      const look = (): void => {
        if (this.heldBytes === 0) resolve();
        else this.onRoom(look);
      };
      this.send();
      look();
      await promise;
      timer.cancel();
    }
    const lost = this.heldBytes;
    if (lost === 0) this.#connection.end();
    else this.#connection.terminate();
    this.gone();
    return lost;
  }

  #compact(): void {
    if (this.heldBytes === 0) {
      if (this.#bytes.buffer.length > KEEP_BYTES_MAX) this.#bytes = new ByteWriter(FIRST_BYTES);
      this.#bytes.clear();
      this.#sent = 0;
    } else if (this.#sent > this.heldBytes) {
      this.#bytes.buffer.copyWithin(0, this.#sent, this.#bytes.at);
      this.#bytes.at -= this.#sent;
      this.#sent = 0;
    }
  }

  #tell(): void {
    for (const fn of this.#waiting.splice(0)) fn();
  }
}
