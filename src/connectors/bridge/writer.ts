/**
 * Writes records to one receiver, a transaction for each epoch.
 *
 * Owns: the records that the receiver's delivery does not take yet, and who waits for them.
 * Does not own: the connection and the transaction (delivery).
 *
 * A1. At most `SINK_BYTES_MAX` and one record wait to be sent; above it `write` gives a promise.
 * A2. So it does from `prepare` until the transaction is decided: receivers know one at a time.
 */
import { messageOf, userError, type WallarooError } from "../../base/errors.ts";
import { plainText } from "../../base/plain.ts";
import type { Encoder } from "../../model/codec.ts";
import type { FrameKind } from "../../model/frame.ts";
import { RECORD_TEXT_MAX, SINK_BYTES_MAX } from "../../model/limits.ts";
import type { Epoch, SinkContext, SinkWriter } from "../../model/sink.ts";
import type { Delivery } from "./delivery.ts";
import type { DeliveryWriter } from "./delivery-writer.ts";
import { Deliveries } from "./deliveries.ts";
import { Journal } from "./journal.ts";
import type { DeliverySettings } from "./receiver-link.ts";
import { nameOf, type PendingBytes } from "./transactions.ts";

/** Bytes that are worth a write of their own. */
const WRITE_BYTES = 64 * 1024;

/** A write of which not all records are taken. */
interface Blocked<T> {
  readonly records: readonly T[];
  next: number;
  readonly done: PromiseWithResolvers<void>;
}

export interface WriterSettings<T> extends DeliverySettings {
  readonly frame: FrameKind;
  readonly encode: Encoder<T>;
  readonly patienceMs: number;
}

export class BridgeWriter<T> implements SinkWriter<T, PendingBytes>, DeliveryWriter {
  readonly #settings: WriterSettings<T>;
  readonly #ctx: SinkContext;
  readonly #deliveries: Deliveries;
  readonly #delivery: Delivery;
  readonly journal: Journal<T>;
  #blocked: Blocked<T> | undefined;
  #failure: WallarooError | undefined;
  #isClosed = false;

  /** `base`: where the committed bytes end, when that is known. */
  constructor(settings: WriterSettings<T>, base: number | undefined, ctx: SinkContext) {
    this.#settings = settings;
    this.#ctx = ctx;
    this.journal = new Journal(settings.frame, settings.encode);
    this.#deliveries = Deliveries.of(ctx.network);
    this.#delivery = this.#deliveries.take(settings, ctx);
    this.#delivery.attach(this, base);
  }

  get generation(): number {
    return this.#ctx.generation;
  }

  write(records: readonly T[]): void | Promise<void> {
    this.#delivery.wake();
    let next = 0;
    try {
      next = this.#take(records, 0);
    } catch (error) {
      return Promise.reject(error);
    }
    const { unsentBytes } = this.journal;
    if (next < records.length || unsentBytes >= SINK_BYTES_MAX) {
      const blocked = { records, next, done: Promise.withResolvers<void>() };
      this.#blocked = blocked;
      this.#delivery.pump();
      return blocked.done.promise;
    }
    if (unsentBytes >= WRITE_BYTES) this.#delivery.pump();
    return undefined;
  }

  flush(): void {
    this.#delivery.pump();
  }

  async prepare(epoch: Epoch): Promise<PendingBytes | undefined> {
    if (this.#failure !== undefined) throw this.#failure;
    const { start, end, records } = this.journal;
    if (records === 0 || this.#delivery.isUndecided) return undefined;
    const { generation } = this.#ctx;
    const stream = this.#settings.intro.stream;
    const transaction = nameOf(stream, { generation, epoch, start, end });
    await this.#delivery.prepare(transaction, this.#settings.patienceMs);
    return { transaction };
  }

  useEncoder(encode: Encoder<T>): void {
    this.journal.useEncoder(encode);
  }

  stats(): Readonly<Record<string, number | string>> {
    return { ...this.#delivery.stats(), heldBytes: this.journal.unsentBytes };
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    // The last who leaves closes the connection; else it is made anew without what is not prepared.
    this.#deliveries.release(this.#settings);
    this.#delivery.detach(this);
    return Promise.resolve();
  }

  moved(): boolean {
    const blocked = this.#blocked;
    if (blocked === undefined) return false;
    const before = blocked.next;
    try {
      blocked.next = this.#take(blocked.records, before);
    } catch (error) {
      this.#blocked = undefined;
      blocked.done.reject(error);
      return false;
    }
    const isTaken = blocked.next === blocked.records.length;
    if (isTaken && this.journal.unsentBytes < SINK_BYTES_MAX) {
      this.#blocked = undefined;
      blocked.done.resolve();
    }
    return blocked.next > before;
  }

  failed(error: WallarooError): void {
    this.#failure ??= error;
    this.#blocked?.done.reject(error);
    this.#blocked = undefined;
  }

  /** Takes records from `from` on. Gives the index of the first that was not taken. */
  #take(records: readonly T[], from: number): number {
    if (this.#failure !== undefined) throw this.#failure;
    let i = from;
    while (i < records.length && this.#delivery.isTaking) {
      if (this.journal.unsentBytes >= SINK_BYTES_MAX) break;
      const record = records[i]!;
      try {
        this.journal.add(record);
      } catch (error) {
        throw this.#encodeError(record, error);
      }
      i++;
    }
    return i;
  }

  #encodeError(record: T, error: unknown): Error {
    const text = plainText(record, RECORD_TEXT_MAX);
    const message = `sink ${this.#ctx.sink} cannot write a record: ${messageOf(error)}`;
    return userError("cannot_encode", `${message}; the record: ${text}`, error);
  }
}
