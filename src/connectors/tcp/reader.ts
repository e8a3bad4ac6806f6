/**
 * Reads all producers of one listening port, in turns of a batch.
 *
 * Owns: the listener, the producers, and the order of those whose chunk is not used up.
 * Does not own: decoding, and when to read on: nothing is cut until the runtime asks.
 *
 * A1. Every producer with bytes to cut is in `#ready`, once; `#ready` has room for all producers.
 * A2. A producer that is ready is paused, so there is at most one chunk of each.
 * A3. A producer leaves `#producers` only when its connection is closed and its chunk is used up.
 */
import { assert } from "../../base/assert.ts";
import { messageOf } from "../../base/errors.ts";
import { Ring } from "../../base/ring.ts";
import { PRODUCERS_CLOSED_MAX } from "../../model/limits.ts";
import type { Batch, ProducerStatus, SourceContext, SplitReader } from "../../model/source.ts";
import type { Address, Connection, ConnectionHandler, Listener } from "../../ports/network.ts";
import type { LogFields } from "../../ports/logger.ts";
import { frameCutter } from "../../transport/frame-reader.ts";
import { AckLine } from "./ack-line.ts";
import { OriginBatch, TcpBatch } from "./batch.ts";
import { addressText } from "./options.ts";
import { Origins } from "./origins.ts";
import { ProducerNotes } from "./producer-notes.ts";
import { ProducerWatch } from "./producer-watch.ts";
import { Producer, type ProducerOwner } from "./producer.ts";
import type { ReaderSettings } from "./reader-settings.ts";

/** How long the end of a job waits for producers that read their last replies. */
const CLOSE_MS = 2_000;

export class TcpReader<T> implements SplitReader<T>, AsyncIterator<TcpBatch>, ProducerOwner {
  readonly #ctx: SourceContext;
  readonly #settings: ReaderSettings;
  readonly #producers = new Set<Producer>();
  readonly #closed: ProducerStatus[] = [];
  readonly #ready: Ring<Producer>;
  readonly #batch: TcpBatch;
  readonly #result: IteratorYieldResult<TcpBatch>;
  readonly #watch: ProducerWatch;
  readonly #origins: Origins | undefined;
  readonly #notes: ProducerNotes;
  #listener: Listener | undefined;
  #waiting: ((result: IteratorResult<TcpBatch>) => void) | undefined;
  #isClosed = false;
  #waitingBytes = 0;
  #unfinishedBytes = 0;
  #isHolding = false;
  readonly #isCopied: boolean;
  /** Frees the chunk into which the batch before points. */
  #giveBack = (): void => undefined;

  /** `isCopied`: of a batch nothing is looked at when the next is asked for. */
  constructor(settings: ReaderSettings, ctx: SourceContext, isCopied = false) {
    this.#settings = settings;
    this.#isCopied = isCopied;
    this.#ctx = ctx;
    this.#ready = new Ring(settings.connectionsMax);
    const hasOrigin = settings.lingerMs !== undefined;
    this.#batch = hasOrigin ? new OriginBatch() : new TcpBatch();
    this.#result = { done: false, value: this.#batch };
    this.#origins = hasOrigin ? Origins.of(ctx) : undefined;
    this.#notes = new ProducerNotes(ctx);
    this.#watch = new ProducerWatch(settings, ctx.clock, this.#producers, (producer) =>
      this.#tooSlow(producer),
    );
  }

  /** @throws {WallarooError} `port_in_use`, `cannot_listen` */
  async listen(address: Address): Promise<void> {
    this.#listener = await this.#ctx.network.listen(
      address,
      (connection) => this.#accept(connection),
      { halfOpen: this.#origins !== undefined || this.#settings.acks === true },
    );
  }

  get addresses(): readonly Address[] {
    return this.#listener === undefined ? [] : [this.#listener.address];
  }

  read(): AsyncIterable<Batch<T>> {
    return { [Symbol.asyncIterator]: () => this };
  }

  next(): Promise<IteratorResult<TcpBatch>> {
    if (this.#isClosed) return Promise.resolve({ done: true, value: undefined });
    if (this.#fill()) return Promise.resolve(this.#result);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  return(): Promise<IteratorResult<TcpBatch>> {
    this.#close();
    return Promise.resolve({ done: true, value: undefined });
  }

  acknowledge(): Promise<void> {
    // A plain TCP producer is never told.
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    if (this.#origins === undefined) return;
    const lines = [...this.#producers].map(({ line }) => line).filter((line) => line !== undefined);
    const lost = await Promise.all(lines.map((line) => line.finish(CLOSE_MS)));
    const bytes = lost.reduce((total, count) => total + count, 0);
    if (bytes > 0) {
      this.#ctx.log.error("replies were not delivered: their readers did not take them", { bytes });
    }
  }

  producers(): readonly ProducerStatus[] {
    return [...Array.from(this.#producers, (producer) => producer.status()), ...this.#closed];
  }

  stats(): Readonly<Record<string, number | string>> {
    const { accepted, refused, cutFrames, longFrames, slowFrames } = this.#notes;
    return {
      connections: this.#producers.size,
      accepted,
      refused,
      cutFrames,
      longFrames,
      slowFrames,
      waitingBytes: this.#waitingBytes,
    };
  }

  #accept(connection: Connection): ConnectionHandler | undefined {
    const { frame, frameBytesMax, connectionsMax } = this.#settings;
    if (this.#isClosed) return undefined;
    if (this.#producers.size >= connectionsMax) {
      this.#notes.refuse(addressText(connection.peer), connectionsMax);
      return undefined;
    }
    const line = this.#origins?.add(connection, this.#ctx.clock, this.#ctx.worker);
    const acks = this.#settings.acks === true ? new AckLine(connection) : undefined;
    const cutter = frameCutter(frame, frameBytesMax);
    const id = this.#notes.accepted + 1;
    const producer = new Producer({ connection, cutter, owner: this, id, line, acks });
    this.#producers.add(producer);
    this.#notes.accepted++;
    if (this.#isHolding) producer.pause(this.#ctx.clock.monotonic());
    return producer;
  }

  arrived(producer: Producer, chunkBytes: number): void {
    if (this.#isClosed) return;
    producer.arrivedAt = this.#ctx.clock.now();
    this.#waitingBytes += chunkBytes;
    assert(this.#ready.push(producer), "more producers are ready than there are"); // A1
    const waiting = this.#waiting;
    if (waiting !== undefined && this.#fill()) {
      this.#waiting = undefined;
      waiting(this.#result);
    }
    if (producer.isDrained || producer.isClosed) return;
    producer.pause(this.#ctx.clock.monotonic()); // A2
    if (this.#isHolding || this.#waitingBytes <= this.#settings.waitingBytesMax) return;
    this.#hold();
  }

  ended(producer: Producer): void {
    if (!this.#isClosed) this.#watch.start();
    if (producer.isDrained && producer.unfinishedBytes > 0) this.#dropUnfinished(producer);
    producer.endTold();
  }

  left(producer: Producer): void {
    // With bytes left it is ready, and leaves when they are used up.
    if (producer.isDrained) this.#forget(producer);
  }

  /** Fills the batch from the producer whose turn it is; false when nobody has a whole frame. */
  #fill(): boolean {
    const batch = this.#batch;
    this.#giveBack();
    for (;;) {
      const producer = this.#ready.shift();
      if (producer === undefined) return false;
      let isFilled = false;
      try {
        isFilled = producer.fill(batch);
      } catch (error) {
        this.#notes.longFrames++;
        this.#expel(producer, messageOf(error), {});
        continue;
      }
      if (producer.isDrained) this.#drained(producer);
      else this.#ready.push(producer);
      if (!isFilled) continue;
      batch.time = producer.arrivedAt;
      batch.sender = producer;
      const { line } = producer;
      if (line !== undefined && batch instanceof OriginBatch) {
        batch.origin = { from: line.from, peer: line.peer };
      }
      return true;
    }
  }

  /** The chunk is used up: whatever is left of it is the begin of a frame. */
  #drained(producer: Producer): void {
    if (this.#isCopied) this.#giveBack = producer.givesBack();
    this.#release(producer);
    const held = producer.unfinishedBytes;
    this.#unfinishedBytes += held - producer.heldBytes;
    producer.heldBytes = held;
    if (producer.isClosed) {
      this.#forget(producer);
      return;
    }
    const now = this.#ctx.clock.monotonic();
    if (!this.#isHolding) producer.resume(now);
    producer.endTold();
    if (held === 0) return;
    if (producer.hasEnded) {
      this.#dropUnfinished(producer);
      return;
    }
    const limit = this.#settings.unfinishedBytesMax;
    if (this.#unfinishedBytes > limit) {
      const why = `unfinished frames of all hold more than ${limit} bytes`;
      this.#expel(producer, why, { bytes: held });
      return;
    }
    if (Number.isNaN(producer.unfinishedSince)) producer.unfinishedSince = now;
    this.#watch.start();
  }

  #release(producer: Producer): void {
    this.#waitingBytes -= producer.chunkBytes;
    producer.forgetChunk();
    if (!this.#isHolding || this.#waitingBytes > this.#settings.waitingBytesMax / 2) return;
    this.#isHolding = false;
    const now = this.#ctx.clock.monotonic();
    for (const other of this.#producers) if (other.isDrained) other.resume(now);
  }

  /** Too much waits: nobody may send until half of it was handed over. */
  #hold(): void {
    this.#isHolding = true;
    const now = this.#ctx.clock.monotonic();
    for (const producer of this.#producers) producer.pause(now);
  }

  #tooSlow(producer: Producer): void {
    this.#notes.slowFrames++;
    const { idleMs } = this.#settings;
    const why = `a frame was unfinished for ${idleMs} ms, which is the limit`;
    this.#expel(producer, why, { bytes: producer.unfinishedBytes });
  }

  /** Closes a producer that does not keep to the rules; what it sent before was handed over. */
  #expel(producer: Producer, why: string, fields: LogFields): void {
    this.#notes.line(`producer closed: ${why}`, { peer: producer.peer, ...fields });
    producer.isClosed = true;
    producer.terminate();
    this.#release(producer);
    this.#remove(producer);
  }

  /** The connection is closed and its chunk used up. */
  #forget(producer: Producer): void {
    if (!producer.hasEnded) this.#dropUnfinished(producer);
    this.#remove(producer);
  }

  #dropUnfinished(producer: Producer): void {
    const bytes = producer.unfinishedBytes;
    if (bytes > 0 && !this.#isClosed) this.#notes.cut(producer, bytes);
  }

  #remove(producer: Producer): void {
    this.#unfinishedBytes -= producer.heldBytes;
    producer.heldBytes = 0;
    this.#producers.delete(producer);
    if (producer.line !== undefined) this.#origins?.remove(producer.line);
    this.#closed.push(producer.status());
    if (this.#closed.length > PRODUCERS_CLOSED_MAX) this.#closed.shift();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch.stop();
    this.#listener?.close();
    const now = this.#ctx.clock.monotonic();
    for (const producer of this.#producers) {
      // Records in hand may still be answered.
      if (producer.line === undefined) producer.terminate();
      else producer.pause(now);
    }
    while (this.#ready.shift() !== undefined);
    this.#waiting?.({ done: true, value: undefined });
    this.#waiting = undefined;
  }
}
