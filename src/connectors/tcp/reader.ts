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
import { Throttle } from "../../base/throttle.ts";
import type { FrameKind } from "../../model/frame.ts";
import { PRODUCERS_CLOSED_MAX } from "../../model/limits.ts";
import type { Batch, ProducerStatus, SourceContext, SplitReader } from "../../model/source.ts";
import type { Address, Connection, ConnectionHandler, Listener } from "../../ports/network.ts";
import type { LogFields } from "../../ports/logger.ts";
import type { Timer } from "../../ports/clock.ts";
import { frameCutter } from "../../transport/frame-reader.ts";
import { TcpBatch } from "./batch.ts";
import { addressText } from "./options.ts";
import { Producer, type ProducerOwner } from "./producer.ts";

export interface ReaderSettings {
  readonly frame: FrameKind;
  readonly frameBytesMax: number;
  readonly connectionsMax: number;
  readonly idleMs: number;
  /** Bytes that may wait to be cut, of all producers. */
  readonly waitingBytesMax: number;
  /** Bytes of unfinished frames, of all producers. */
  readonly unfinishedBytesMax: number;
}

/** Lines about single producers in a second; the rest is counted in the next line. */
const LINES_PER_SECOND = 20;
const SECOND_MS = 1_000;
/** How often in `idleMs` unfinished frames are looked at. */
const IDLE_CHECKS = 4;

export class TcpReader<T> implements SplitReader<T>, AsyncIterator<Batch<T>>, ProducerOwner {
  readonly #ctx: SourceContext;
  readonly #settings: ReaderSettings;
  readonly #producers = new Set<Producer>();
  readonly #closed: ProducerStatus[] = [];
  readonly #ready: Ring<Producer>;
  readonly #batch = new TcpBatch();
  readonly #result = { done: false as const, value: this.#batch as Batch<T> };
  readonly #refusedLines = new Throttle(SECOND_MS);
  readonly #lines = new Throttle(SECOND_MS, LINES_PER_SECOND);
  #listener: Listener | undefined;
  #waiting: ((result: IteratorResult<Batch<T>>) => void) | undefined;
  #isClosed = false;
  #idleTimer: Timer | undefined;
  #waitingBytes = 0;
  #unfinishedBytes = 0;
  #isHolding = false;
  #accepted = 0;
  #refused = 0;
  #cut = 0;
  #tooLong = 0;
  #slow = 0;

  constructor(settings: ReaderSettings, ctx: SourceContext) {
    this.#settings = settings;
    this.#ctx = ctx;
    this.#ready = new Ring(settings.connectionsMax);
  }

  /** @throws {WallarooError} `port_in_use`, `cannot_listen` */
  async listen(address: Address): Promise<void> {
    this.#listener = await this.#ctx.network.listen(address, (connection) =>
      this.#accept(connection),
    );
  }

  get addresses(): readonly Address[] {
    return this.#listener === undefined ? [] : [this.#listener.address];
  }

  read(): AsyncIterable<Batch<T>> {
    return { [Symbol.asyncIterator]: () => this };
  }

  next(): Promise<IteratorResult<Batch<T>>> {
    if (this.#isClosed) return Promise.resolve({ done: true, value: undefined });
    if (this.#fill()) return Promise.resolve(this.#result);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  return(): Promise<IteratorResult<Batch<T>>> {
    this.#close();
    return Promise.resolve({ done: true, value: undefined });
  }

  acknowledge(): Promise<void> {
    // A plain TCP producer is never told.
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    return Promise.resolve();
  }

  producers(): readonly ProducerStatus[] {
    return [...Array.from(this.#producers, (producer) => producer.status()), ...this.#closed];
  }

  stats(): Readonly<Record<string, number | string>> {
    return {
      connections: this.#producers.size,
      accepted: this.#accepted,
      refused: this.#refused,
      cutFrames: this.#cut,
      longFrames: this.#tooLong,
      slowFrames: this.#slow,
      waitingBytes: this.#waitingBytes,
    };
  }

  #accept(connection: Connection): ConnectionHandler | undefined {
    const { frame, frameBytesMax, connectionsMax } = this.#settings;
    if (this.#isClosed) return undefined;
    if (this.#producers.size >= connectionsMax) {
      this.#refused++;
      const before = this.#refusedLines.pass(this.#ctx.clock.monotonic());
      if (before !== undefined) {
        this.#ctx.log.warn(`producer refused: ${connectionsMax} connections, which is the limit`, {
          peer: addressText(connection.peer),
          refused: this.#refused,
        });
      }
      return undefined;
    }
    const producer = new Producer(connection, frameCutter(frame, frameBytesMax), this);
    this.#producers.add(producer);
    this.#accepted++;
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

  left(producer: Producer): void {
    // With bytes left it is ready, and leaves when they are used up.
    if (producer.isDrained) this.#forget(producer);
  }

  /** Fills the batch from the producer whose turn it is; false when nobody has a whole frame. */
  #fill(): boolean {
    const batch = this.#batch;
    for (;;) {
      const producer = this.#ready.shift();
      if (producer === undefined) return false;
      let isFilled = false;
      try {
        isFilled = producer.fill(batch);
      } catch (error) {
        this.#tooLong++;
        this.#expel(producer, `producer closed: ${messageOf(error)}`, {});
        continue;
      }
      if (producer.isDrained) this.#drained(producer);
      else this.#ready.push(producer);
      if (!isFilled) continue;
      batch.time = producer.arrivedAt;
      return true;
    }
  }

  /** The chunk is used up: whatever is left of it is the begin of a frame. */
  #drained(producer: Producer): void {
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
    if (held === 0) return;
    const limit = this.#settings.unfinishedBytesMax;
    if (this.#unfinishedBytes > limit) {
      const text = `producer closed: unfinished frames of all hold more than ${limit} bytes`;
      this.#expel(producer, text, { bytes: held });
      return;
    }
    if (Number.isNaN(producer.unfinishedSince)) producer.unfinishedSince = now;
    this.#idleTimer ??= this.#checkIdleLater();
  }

  #release(producer: Producer): void {
    this.#waitingBytes -= producer.chunkBytes;
    producer.chunkBytes = 0;
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

  #checkIdleLater(): Timer {
    return this.#ctx.clock.after(this.#settings.idleMs / IDLE_CHECKS, () => this.#checkIdle());
  }

  #checkIdle(): void {
    this.#idleTimer = undefined;
    if (this.#isClosed) return;
    const { idleMs } = this.#settings;
    const now = this.#ctx.clock.monotonic();
    let isAnyUnfinished = false;
    for (const producer of this.#producers) {
      if (Number.isNaN(producer.unfinishedSince)) continue;
      isAnyUnfinished = true;
      if (producer.isPaused || now - producer.unfinishedSince < idleMs) continue;
      this.#slow++;
      const bytes = producer.unfinishedBytes;
      const text = `producer closed: a frame was unfinished for ${idleMs} ms, which is the limit`;
      this.#expel(producer, text, { bytes });
    }
    if (isAnyUnfinished) this.#idleTimer = this.#checkIdleLater();
  }

  /** Closes a producer that does not keep to the rules; what it sent before was handed over. */
  #expel(producer: Producer, text: string, fields: LogFields): void {
    this.#line(text, { peer: producer.peer, ...fields });
    producer.isClosed = true;
    producer.terminate();
    this.#release(producer);
    this.#remove(producer);
  }

  /** The connection is closed and its chunk used up. */
  #forget(producer: Producer): void {
    const bytes = producer.unfinishedBytes;
    if (bytes > 0 && !this.#isClosed) {
      this.#cut++;
      const why = producer.error === undefined ? {} : { error: producer.error.message };
      const text = "producer left inside a frame, whose begin is dropped";
      this.#line(text, { peer: producer.peer, bytes, ...why });
    }
    this.#remove(producer);
  }

  #remove(producer: Producer): void {
    this.#unfinishedBytes -= producer.heldBytes;
    producer.heldBytes = 0;
    this.#producers.delete(producer);
    this.#closed.push(producer.status());
    if (this.#closed.length > PRODUCERS_CLOSED_MAX) this.#closed.shift();
  }

  #line(text: string, fields: LogFields): void {
    const before = this.#lines.pass(this.#ctx.clock.monotonic());
    if (before === undefined) return;
    this.#ctx.log.warn(text, before === 0 ? fields : { ...fields, linesHeldBack: before });
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#idleTimer?.cancel();
    this.#listener?.close();
    for (const producer of this.#producers) producer.terminate();
    while (this.#ready.shift() !== undefined);
    this.#waiting?.({ done: true, value: undefined });
    this.#waiting = undefined;
  }
}
