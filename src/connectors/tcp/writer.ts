/**
 * Writes records to one receiver.
 *
 * Owns: the bytes between the pipeline and the kernel, and who waits for them.
 * Does not own: the connection (link).
 *
 * A1. At most `SINK_BYTES_MAX` and one record are held; above it `write` gives a promise.
 * A2. On every connection the stream begins at a record's begin.
 */
import { externalError, messageOf, userError } from "../../base/errors.ts";
import { plainText } from "../../base/plain.ts";
import type { Encoder } from "../../model/codec.ts";
import type { FrameKind } from "../../model/frame.ts";
import { RECORD_TEXT_MAX, SINK_BYTES_MAX } from "../../model/limits.ts";
import type { SinkContext, SinkWriter } from "../../model/sink.ts";
import type { LogFields } from "../../ports/logger.ts";
import type { Address } from "../../ports/network.ts";
import { frameWriter } from "../../transport/frame-writer.ts";
import { Link, type LinkOwner } from "./link.ts";
import { OutBuffer } from "./out-buffer.ts";
import { addressText } from "./options.ts";

/** Bytes that are worth a write of their own. */
const WRITE_BYTES = 64 * 1024;
/** How long a close waits for a receiver that is slow or away. */
export const CLOSE_MS = 2_000;

/** A write of which not all records are encoded, or that waits until less is held. */
interface Blocked<T> {
  readonly records: readonly T[];
  next: number;
  readonly done: PromiseWithResolvers<void>;
}

export class TcpWriter<T> implements SinkWriter<T, undefined>, LinkOwner {
  readonly #ctx: SinkContext;
  readonly #out: OutBuffer<T>;
  readonly #link: Link;
  readonly #about: string;
  #blocked: Blocked<T> | undefined;
  #preparing: PromiseWithResolvers<undefined> | undefined;
  #closing: Promise<void> | undefined;
  #emptied: (() => void) | undefined;
  /** The kernel is full, or there is no connection: `drained` and `opened` say when to go on. */
  #isStopped = true;

  constructor(frame: FrameKind, encoder: Encoder<T>, address: Address, ctx: SinkContext) {
    this.#ctx = ctx;
    this.#about = addressText(address);
    this.#out = new OutBuffer(frameWriter(frame), encoder);
    this.#link = new Link(address, ctx, this);
  }

  /** Begins to connect; nobody waits for it. */
  start(): void {
    this.#link.dial();
  }

  write(records: readonly T[]): void | Promise<void> {
    let next: number;
    try {
      if (this.#closing !== undefined) throw this.#closedError();
      next = this.#encode(records, 0);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    if (next === records.length && this.#out.heldBytes < SINK_BYTES_MAX) return undefined;
    this.#blocked = { records, next, done: Promise.withResolvers() };
    return this.#blocked.done.promise;
  }

  flush(): void {
    this.#send();
    this.#settle();
  }

  /** Waits until the kernel has all; nothing is ever pending here. */
  prepare(): Promise<undefined> {
    if (this.#closing !== undefined) return Promise.reject(this.#closedError());
    this.#send();
    if (this.#isEmpty) return Promise.resolve(undefined);
    this.#preparing ??= Promise.withResolvers<undefined>();
    return this.#preparing.promise;
  }

  useEncoder(encoder: Encoder<T>): void {
    this.#out.encoder = encoder;
  }

  stats(): Readonly<Record<string, number | string>> {
    return {
      receiver: this.#about,
      connected: this.#link.connection === undefined ? "no" : "yes",
      reconnects: Math.max(0, this.#link.reconnects),
      heldBytes: this.#out.heldBytes,
      heldRecords: this.#heldRecords,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  opened(): void {
    this.#isStopped = false;
    this.#send();
    this.#settle();
  }

  drained(): void {
    this.#isStopped = false;
    this.#send();
    this.#settle();
  }

  lost(): void {
    this.#isStopped = true;
    this.#out.rewind(); // A2
  }

  held(): LogFields {
    return { heldRecords: this.#heldRecords, heldBytes: this.#out.heldBytes };
  }

  get #heldRecords(): number {
    const blocked = this.#blocked;
    const waiting = blocked === undefined ? 0 : blocked.records.length - blocked.next;
    return this.#out.heldRecords + waiting;
  }

  get #isEmpty(): boolean {
    return this.#out.heldBytes === 0 && this.#blocked === undefined;
  }

  /** Encodes until all are taken or too much is held. Returns the index of the first not taken. */
  #encode(records: readonly T[], from: number): number {
    const out = this.#out;
    let i = from;
    for (; i < records.length && out.heldBytes < SINK_BYTES_MAX; i++) {
      const record = records[i]!;
      try {
        out.add(record);
      } catch (error) {
        throw this.#encodeError(record, error);
      }
      if (out.heldBytes >= WRITE_BYTES && !this.#isStopped) this.#send();
    }
    return i;
  }

  #send(): void {
    const out = this.#out;
    const connection = this.#link.connection;
    if (this.#isStopped || connection === undefined) return;
    while (out.heldBytes > 0) {
      const taken = connection.write(out.bytes, out.start, out.end);
      if (taken < 0) {
        // Closed: the link is told next, and calls `lost`.
        this.#isStopped = true;
        return;
      }
      out.took(taken);
      if (out.heldBytes > 0) {
        this.#isStopped = true;
        return;
      }
    }
  }

  /** Tells those that wait, when what they wait for is true. */
  #settle(): void {
    while (this.#out.heldBytes < SINK_BYTES_MAX / 2 && this.#blocked !== undefined) {
      const blocked = this.#blocked;
      if (blocked.next === blocked.records.length) {
        this.#blocked = undefined;
        blocked.done.resolve();
        break;
      }
      try {
        blocked.next = this.#encode(blocked.records, blocked.next);
      } catch (error) {
        this.#blocked = undefined;
        blocked.done.reject(error);
        break;
      }
      this.#send();
    }
    if (!this.#isEmpty) return;
    this.#preparing?.resolve(undefined);
    this.#preparing = undefined;
    this.#emptied?.();
  }

  async #close(): Promise<void> {
    this.flush();
    if (!this.#isEmpty) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#emptied = resolve;
      const timer = this.#ctx.clock.after(CLOSE_MS, resolve);
      await promise;
      timer.cancel();
    }
    const isDone = this.#isEmpty;
    if (!isDone) {
      this.#ctx.log.error(
        `${this.#heldRecords} records were not delivered to ${this.#about}: ` +
          `it did not take them in the ${CLOSE_MS} ms that a close waits`,
        this.held(),
      );
    }
    this.#link.close(isDone);
    const error = this.#closedError();
    this.#blocked?.done.reject(error);
    this.#blocked = undefined;
    this.#preparing?.reject(error);
    this.#preparing = undefined;
  }

  #closedError(): Error {
    const text = `sink ${this.#ctx.sink} is closed; not all records reached ${this.#about}`;
    return externalError("sink_closed", text);
  }

  #encodeError(record: T, error: unknown): Error {
    const text = plainText(record, RECORD_TEXT_MAX);
    const message = `sink ${this.#ctx.sink} cannot write a record: ${messageOf(error)}`;
    return userError("cannot_encode", `${message}; the record: ${text}`, error);
  }
}
