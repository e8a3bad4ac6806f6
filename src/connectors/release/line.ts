/**
 * A connection to a receiver on which whole batches of bytes are sent, one after the other.
 *
 * Owns: the connection, and how much of the batch that is being sent was taken.
 * Does not own: where the bytes are kept until then.
 *
 * L1. A batch is sent whole on one connection: when that breaks, it goes again from its begin.
 * L2. Of a batch that was taken whole nothing is sent again.
 */
import { durationText } from "../../base/duration.ts";
import { externalError } from "../../base/errors.ts";
import type { SinkContext } from "../../model/sink.ts";
import type { LogFields } from "../../ports/logger.ts";
import type { Address, Connection } from "../../ports/network.ts";
import { Link, type LinkOwner } from "../tcp/link.ts";
import { addressText } from "../tcp/options.ts";

/** Bytes that are read at once. */
const PIECE_BYTES = 1024 * 1024;

/** Bytes that are kept somewhere. */
export interface StagedBytes {
  readonly size: number;
  read(start: number, end: number): Promise<Uint8Array>;
}

export class ReleaseLine implements LinkOwner {
  readonly #link: Link;
  readonly #ctx: SinkContext;
  readonly #about: string;
  #isDialling = false;
  /** The kernel is full. */
  #isFull = false;
  /** Who waits for a connection, or for room on it. */
  #changed: (() => void) | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #left = 0;
  #failure: Error | undefined;

  constructor(address: Address, ctx: SinkContext) {
    this.#ctx = ctx;
    this.#about = addressText(address);
    this.#link = new Link(address, ctx, this);
  }

  get isConnected(): boolean {
    return this.#link.connection !== undefined;
  }

  get reconnects(): number {
    return Math.max(0, this.#link.reconnects);
  }

  /** Bytes of the batch that is being sent which were not taken yet. */
  get leftBytes(): number {
    return this.#left;
  }

  /** Begins to connect. */
  dial(): void {
    if (this.#isDialling) return;
    this.#isDialling = true;
    this.#link.dial();
  }

  /** Resolves when nothing is being sent. */
  async idle(): Promise<void> {
    await this.#turn;
  }

  /**
   * Sends a batch, behind those before it; resolves when the kernel has taken all of it.
   * @throws {WallarooError} `sink_away` when it did not within `limitMs`, `sink_closed`
   */
  send(batch: StagedBytes, limitMs: number | undefined): Promise<void> {
    const sending = this.#turn.then(() => this.#sendWithin(batch, limitMs));
    this.#turn = sending.catch(() => undefined);
    return sending;
  }

  /** No more is sent; who waits hears of it. */
  close(): void {
    const isDone = this.#left === 0;
    const lost = `${this.#left} bytes did not reach ${this.#about}`;
    this.#failure ??= externalError("sink_closed", `sink ${this.#ctx.sink} is closed; ${lost}`);
    this.#link.close(isDone);
    this.#wake();
  }

  opened(): void {
    this.#isFull = false;
    this.#wake();
  }

  drained(): void {
    this.#isFull = false;
    this.#wake();
  }

  lost(): void {
    this.#wake();
  }

  held(): LogFields {
    return { heldBytes: this.#left };
  }

  async #sendWithin(batch: StagedBytes, limitMs: number | undefined): Promise<void> {
    this.#left = batch.size;
    this.dial();
    const timer =
      limitMs === undefined
        ? undefined
        : this.#ctx.clock.after(limitMs, () => this.#giveUp(limitMs));
    try {
      while (!(await this.#sendOn(await this.#connection(), batch)));
      this.#left = 0;
    } finally {
      timer?.cancel();
    }
  }

  /** Sends all of a batch on one connection; false when that broke (L1). */
  async #sendOn(connection: Connection, batch: StagedBytes): Promise<boolean> {
    this.#left = batch.size;
    while (this.#left > 0) {
      const start = batch.size - this.#left;
      const piece = await batch.read(start, Math.min(batch.size, start + PIECE_BYTES));
      if (piece.length === 0) throw cutShort(batch.size, start);
      for (let at = 0; at < piece.length;) {
        if (this.#failure !== undefined) throw this.#failure;
        if (this.#link.connection !== connection) return false;
        const taken = this.#isFull ? 0 : connection.write(piece, at, piece.length);
        if (taken > 0) {
          at += taken;
          this.#left -= taken;
        }
        if (at === piece.length) break;
        this.#isFull = true;
        await this.#change();
      }
    }
    return true;
  }

  async #connection(): Promise<Connection> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const { connection } = this.#link;
      if (connection !== undefined) return connection;
      await this.#change();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#changed = resolve));
  }

  #wake(): void {
    this.#changed?.();
    this.#changed = undefined;
  }

  #giveUp(limitMs: number): void {
    const limit = durationText(limitMs);
    const text = `${this.#about} did not take ${this.#left} bytes within ${limit}: is it there?`;
    this.#failure = externalError("sink_away", text);
    this.#wake();
  }
}

function cutShort(size: number, at: number): Error {
  const text = `prepared bytes end at ${at}, and there were ${size}: was the store changed?`;
  return externalError("staging_damaged", text);
}
