/**
 * What a sink holds between its records and a target that takes bytes.
 *
 * Owns: two buffers, one gathering while the other is being written.
 * Does not own: the target, and when its bytes become durable or visible.
 *
 * A1. Bytes reach the target in the order of the records, one write at a time.
 * A2. Above `HELD_BYTES_MAX` gathered bytes, and during a barrier, `write` gives a promise.
 * A3. After a failure nothing is written any more, and every call tells that failure.
 */
import { ByteWriter } from "../base/bytes.ts";
import type { Encoder } from "../model/codec.ts";
import type { FrameKind } from "../model/frame.ts";
import { SINK_BYTES_MAX } from "../model/limits.ts";
import { frameWriter, type FrameWriter } from "../transport/frame-writer.ts";

/** Gathered bytes that are worth a write of their own. */
const WRITE_BYTES = 64 * 1024;
const HELD_BYTES_MAX = SINK_BYTES_MAX;

/** Takes bytes; they may be changed again when the call, or its promise, is done. */
export type WriteBytes = (bytes: Uint8Array, start: number, end: number) => void | Promise<void>;

export class Outflow<T> {
  readonly #frames: FrameWriter;
  /** Of the records to come. */
  encoder: Encoder<T>;
  readonly #target: WriteBytes;
  #gathered = new ByteWriter(WRITE_BYTES);
  #spare = new ByteWriter(WRITE_BYTES);
  #flight: Promise<void> | undefined;
  #barrier: Promise<void> | undefined;
  /** Settles when the records of the last `write` are taken. */
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isFlushing = false;
  /** Records taken since the last `reset`. */
  records = 0;

  constructor(frame: FrameKind, encoder: Encoder<T>, target: WriteBytes) {
    this.#frames = frameWriter(frame);
    this.encoder = encoder;
    this.#target = target;
  }

  /** Bytes that were taken and not given to the target. */
  get heldBytes(): number {
    return this.#gathered.at;
  }

  write(records: readonly T[]): void | Promise<void> {
    let taken = 0;
    if (this.#failure === undefined && this.#barrier === undefined) {
      taken = this.#take(records, 0);
      if (taken === records.length && this.#failure === undefined) return undefined;
    }
    const rest = this.#rest(records, taken, this.#barrier);
    const settled = rest.then(noop, noop);
    this.#writing = settled;
    return rest;
  }

  /** What was gathered leaves, at the latest when the write that is going on is done. */
  flush(): void {
    if (this.#gathered.at === 0) return;
    if (this.#flight === undefined) this.#send();
    else this.#isFlushing = true;
  }

  /** Calls `then` when the bytes of all records so far are with the target; records that come
   *  meanwhile wait for it. */
  barrier<R>(then: () => Promise<R>): Promise<R> {
    const work = this.#after(this.#barrier, this.#writing).then(then);
    const barrier = work.then(noop, this.#failed).then(() => {
      if (this.#barrier === barrier) this.#barrier = undefined;
    });
    this.#barrier = barrier;
    return work;
  }

  /** Takes no more, and waits for the write and the barrier that are going on. */
  async close(): Promise<void> {
    this.#failure ??= { error: new Error("the sink is closed") };
    this.#gathered.clear();
    await this.#flight;
    await this.#barrier;
  }

  /** Takes the records from `from` on, after the barrier that stood when they came. */
  async #rest(records: readonly T[], from: number, barrier?: Promise<void>): Promise<void> {
    await barrier;
    let taken = from;
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      if (taken === records.length) return;
      taken = this.#take(records, taken);
      if (taken < records.length) await this.#flight;
    }
  }

  /** Encodes records until all are taken or too much is held. Returns how many are taken. */
  #take(records: readonly T[], from: number): number {
    let i = from;
    for (; i < records.length; i++) {
      if (this.#gathered.at >= WRITE_BYTES && this.#flight === undefined) this.#send();
      if (this.#gathered.at >= HELD_BYTES_MAX || this.#failure !== undefined) break; // A2
      try {
        this.#frames.write(this.encoder, records[i]!, this.#gathered);
      } catch (error) {
        this.#failed(error);
        break;
      }
      this.records++;
    }
    if (this.#gathered.at >= WRITE_BYTES && this.#flight === undefined) this.#send();
    return i;
  }

  /** All records so far are with the target. */
  async #after(barrier?: Promise<void>, writing?: Promise<void>): Promise<void> {
    await barrier;
    await writing;
    while (this.#failure === undefined && (this.#flight !== undefined || this.#gathered.at > 0)) {
      if (this.#flight === undefined) this.#send();
      await this.#flight;
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #send(): void {
    if (this.#failure !== undefined) return; // A3
    const full = this.#gathered;
    this.#gathered = this.#spare;
    // A giant record must not keep its memory for ever.
    if (full.buffer.length > 2 * HELD_BYTES_MAX) this.#spare = new ByteWriter(WRITE_BYTES);
    else this.#spare = full;
    this.#gathered.clear();
    this.#isFlushing = false;
    try {
      const writing = this.#target(full.buffer, 0, full.at);
      if (writing !== undefined) this.#flight = writing.then(this.#landed, this.#sunk);
    } catch (error) {
      this.#failed(error);
    }
  }

  readonly #landed = (): void => {
    this.#flight = undefined;
    if (this.#isFlushing || this.#gathered.at >= WRITE_BYTES) this.#send();
  };

  readonly #failed = (error: unknown): void => {
    this.#failure ??= { error };
  };

  readonly #sunk = (error: unknown): void => {
    this.#flight = undefined;
    this.#failed(error);
  };
}

function noop(): void {}
