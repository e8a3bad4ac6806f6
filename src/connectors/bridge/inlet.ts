/**
 * What a producer sends: its chunk, the frames in it, and since when one is unfinished.
 *
 * I1. While a chunk waits to be cut, the connection is paused or its reader is just cutting it, so
 *     no second chunk comes.
 */
import type { Cutter, PieceTable } from "../../base/piece-table.ts";
import type { Connection } from "../../ports/network.ts";

export class Inlet {
  readonly #connection: Connection;
  readonly #cutter: Cutter;
  #isPaused = false;
  bytes = 0;
  frames = 0;
  /** When its chunk arrived: ms since the epoch. */
  arrivedAt = 0;
  /** Size of the chunk that is being cut. */
  chunkBytes = 0;
  /** Bytes of an unfinished frame that its reader has counted. */
  heldBytes = 0;
  /** Monotonic ms; NaN while no frame is begun. */
  unfinishedSince = Number.NaN;

  constructor(connection: Connection, cutter: Cutter) {
    this.#connection = connection;
    this.#cutter = cutter;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get isDrained(): boolean {
    return this.#cutter.isDrained;
  }

  get unfinishedBytes(): number {
    return this.#cutter.heldBytes;
  }

  push(chunk: Uint8Array): void {
    this.#cutter.push(chunk);
    this.chunkBytes = chunk.length;
  }

  /** The next frames. @throws when one is over the limit */
  next(table: PieceTable): boolean {
    if (!this.#cutter.next(table)) return false;
    this.unfinishedSince = Number.NaN;
    this.bytes += table.streamBytes;
    this.frames += table.count;
    return true;
  }

  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#connection.pause();
  }

  /** Time during which its reader did not read does not count. `now`: monotonic ms. */
  resume(now: number): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (!Number.isNaN(this.unfinishedSince)) this.unfinishedSince = now;
    this.#connection.resume();
  }
}
