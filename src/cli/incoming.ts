/** One sender's connection to a receiver: its stream, its totals, its pauses. */
import { messageOf } from "../base/errors.ts";
import type { Cutter } from "../base/piece-table.ts";
import type { Connection, ConnectionHandler } from "../ports/network.ts";
import { StreamCrc } from "./checksum.ts";
import { addressText } from "./values.ts";

export interface ConnectionTotals {
  readonly peer: string;
  readonly records: number;
  readonly bytes: number;
  readonly streamCrc: number;
  /** Bytes of a frame that was never finished. */
  readonly unfinishedBytes: number;
  readonly isOpen: boolean;
  readonly error: string | undefined;
}

/** Who counts what comes in. */
export interface Owner {
  /** One chunk of a connection, pushed to its cutter. A promise: not to be asked again before.
   *  @throws {WallarooError} when the chunk cannot be cut any further */
  chunk(incoming: Incoming, bytes: number): void | Promise<void>;
  /** What is left of a stream that ended. Returns the bytes of a frame that was never finished. */
  rest(incoming: Incoming): number;
  closed(incoming: Incoming, totals: ConnectionTotals): void;
}

/** One sender's connection. */
export class Incoming implements ConnectionHandler {
  readonly connection: Connection;
  readonly cutter: Cutter;
  readonly #owner: Owner;
  readonly #crc = new StreamCrc();
  records = 0;
  #bytes = 0;
  #waiting: Uint8Array[] = [];
  #isBusy = false;
  #isClosed = false;
  #error: string | undefined;

  constructor(connection: Connection, owner: Owner, cutter: Cutter) {
    this.connection = connection;
    this.#owner = owner;
    this.cutter = cutter;
  }

  data(chunk: Uint8Array): void {
    this.#crc.add(chunk);
    this.#bytes += chunk.length;
    // A pause is obeyed at once, but for what this turn had read already.
    if (this.#isBusy) this.#waiting.push(chunk);
    else this.#take(chunk);
  }

  drain(): void {
    // Nothing is ever written.
  }

  close(error: Error | undefined): void {
    this.#isClosed = true;
    if (error !== undefined) this.#error ??= messageOf(error);
    if (!this.#isBusy) this.#finish();
  }

  totals(unfinishedBytes = this.cutter.heldBytes): ConnectionTotals {
    return {
      peer: addressText(this.connection.peer),
      records: this.records,
      bytes: this.#bytes,
      streamCrc: this.#crc.value,
      unfinishedBytes,
      isOpen: !this.#isClosed,
      error: this.#error,
    };
  }

  #take(chunk: Uint8Array): void {
    this.cutter.push(chunk);
    const taken = this.#owner.chunk(this, chunk.length);
    if (taken === undefined) return;
    this.#isBusy = true;
    this.connection.pause();
    taken.then(
      () => this.#goOn(),
      (error: unknown) => this.#refuse(error),
    );
  }

  #goOn(): void {
    this.#isBusy = false;
    const next = this.#waiting.shift();
    try {
      if (next !== undefined) this.#take(next);
      else if (this.#isClosed) this.#finish();
      else this.connection.resume();
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** What it sends cannot be cut. */
  #refuse(error: unknown): void {
    this.#isBusy = false;
    this.#waiting = [];
    this.#error ??= messageOf(error);
    if (this.#isClosed) this.#finish();
    else this.connection.terminate();
  }

  #finish(): void {
    const unfinished = this.#owner.rest(this);
    this.#owner.closed(this, this.totals(unfinished));
  }
}
