/**
 * Tells a producer how many of the frames of its connection are durable: the count as a u64,
 * big-endian, each time that it has grown. One that reads slowly is told the newest count only.
 *
 * A1. What is on its way is one count at most, and it is finished before another begins.
 */
import type { Connection } from "../../ports/network.ts";

const COUNT_BYTES = 8;

export class AckLine {
  readonly #connection: Connection;
  readonly #bytes = new Uint8Array(COUNT_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  /** How much of the count in `#bytes` was taken. */
  #sent = COUNT_BYTES;
  #told = 0;
  #count = 0;
  #isFull = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Whether all that was to be told is on its way. */
  get isTold(): boolean {
    return this.#told === this.#count && this.#sent === COUNT_BYTES;
  }

  tell(count: number): void {
    this.#count = count;
    if (!this.#isFull) this.#send();
  }

  drained(): void {
    this.#isFull = false;
    this.#send();
  }

  #send(): void {
    for (;;) {
      if (this.#sent === COUNT_BYTES) {
        if (this.#told === this.#count) return;
        this.#told = this.#count;
        this.#view.setBigUint64(0, BigInt(this.#count));
        this.#sent = 0; // A1
      }
      const taken = this.#connection.write(this.#bytes, this.#sent, COUNT_BYTES);
      // Closed: its producer hears of it next.
      if (taken > 0) this.#sent += taken;
      if (this.#sent < COUNT_BYTES) {
        this.#isFull = true;
        return;
      }
    }
  }
}
