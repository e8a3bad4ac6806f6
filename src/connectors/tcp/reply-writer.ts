/**
 * Writes each record to the connection that one came from.
 *
 * Owns: who of the readers has bytes that were not offered, and the write that waits for one.
 * Does not own: the connections (the source), what they hold (reply-line).
 *
 * A1. At most `SINK_BYTES_MAX` and one reply are held for a reader. Above it `write` gives a
 * promise,
 *     until that reader takes some, is gone, or has taken nothing for `stallMs` and is closed.
 */
import { externalError, messageOf, userError } from "../../base/errors.ts";
import { plainText } from "../../base/plain.ts";
import { Throttle } from "../../base/throttle.ts";
import type { Encoder } from "../../model/codec.ts";
import type { FrameKind } from "../../model/frame.ts";
import { LOG_INTERVAL_MS, RECORD_TEXT_MAX } from "../../model/limits.ts";
import type { SinkContext, SinkWriter } from "../../model/sink.ts";
import type { Timer } from "../../ports/clock.ts";
import { frameWriter, type FrameWriter } from "../../transport/frame-writer.ts";
import type { Origin } from "./options.ts";
import { Origins } from "./origins.ts";
import type { ReplyLine } from "./reply-line.ts";

export interface ReplySettings<T, V> {
  readonly from: (record: T) => Origin;
  readonly value: (record: T) => V;
  readonly frame: FrameKind;
  readonly encode: Encoder<V>;
  readonly stallMs: number;
}

/** Bytes that are worth a write of their own. */
const WRITE_BYTES = 64 * 1024;

/** A write that waits for one reader. */
interface Blocked<T> {
  readonly records: readonly T[];
  readonly done: PromiseWithResolvers<void>;
  next: number;
  line: ReplyLine;
  since: number;
}

export class ReplyWriter<T, V> implements SinkWriter<T, undefined> {
  readonly #settings: ReplySettings<T, V>;
  readonly #ctx: SinkContext;
  readonly #origins: Origins;
  readonly #frames: FrameWriter;
  readonly #lines = new Throttle(LOG_INTERVAL_MS);
  #unsent = new Set<ReplyLine>();
  #blocked: Blocked<T> | undefined;
  #timer: Timer | undefined;
  #isClosed = false;
  #replies = 0;
  #gone = 0;
  #stalled = 0;

  constructor(settings: ReplySettings<T, V>, ctx: SinkContext) {
    this.#settings = settings;
    this.#ctx = ctx;
    this.#origins = Origins.of(ctx);
    this.#frames = frameWriter(settings.frame);
  }

  write(records: readonly T[]): void | Promise<void> {
    if (this.#isClosed) return Promise.reject(this.#closedError());
    const next = this.#encode(records, 0);
    if (next === records.length) return undefined;
    const done = Promise.withResolvers<void>();
    this.#wait({ records, next, done, line: this.#lineOf(records[next]!)!, since: 0 });
    return done.promise;
  }

  flush(): void {
    if (this.#unsent.size === 0) return;
    const unsent = this.#unsent;
    this.#unsent = new Set();
    for (const line of unsent) line.send();
  }

  /** Replies are as durable as they get once they are offered: nobody else waits for a reader. */
  prepare(): Promise<undefined> {
    this.flush();
    return Promise.resolve(undefined);
  }

  stats(): Readonly<Record<string, number | string>> {
    return { replies: this.#replies, gone: this.#gone, stalled: this.#stalled };
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    this.#timer?.cancel();
    this.flush();
    this.#blocked?.done.reject(this.#closedError());
    this.#blocked = undefined;
    return Promise.resolve();
  }

  /** Encodes until all are taken or a reader is full. Returns the index of the first not taken. */
  #encode(records: readonly T[], from: number): number {
    const { value, encode } = this.#settings;
    for (let i = from; i < records.length; i++) {
      const record = records[i]!;
      const line = this.#lineOf(record);
      if (line === undefined) {
        this.#drop();
        continue;
      }
      if (line.isFull) return i;
      try {
        line.add(this.#frames, encode, value(record));
      } catch (error) {
        throw this.#recordError("cannot_encode", record, error);
      }
      this.#replies++;
      this.#unsent.add(line);
      if (line.heldBytes >= WRITE_BYTES) line.send();
    }
    return records.length;
  }

  #lineOf(record: T): ReplyLine | undefined {
    let from: unknown;
    try {
      from = this.#settings.from(record);
      if (typeof from !== "string") {
        throw new TypeError(
          `its origin is ${plainText(from, 100)}: give the "from" of a record of tcp.listen with ` +
            "origin: true",
        );
      }
    } catch (error) {
      throw this.#recordError("bad_origin", record, error);
    }
    const line = this.#origins.find(from);
    return line === undefined || line.isGone ? undefined : line;
  }

  /** Nothing more is taken until a reader has room. */
  #wait(blocked: Blocked<T>): void {
    this.#blocked = blocked;
    blocked.since = this.#ctx.clock.monotonic();
    this.flush();
    if (blocked.line.isGone || !blocked.line.isFull) {
      // What was just sent made room: on, in a turn of its own.
      this.#ctx.clock.soon(() => this.#goOn(blocked));
      return;
    }
    blocked.line.onRoom(() => this.#goOn(blocked));
    this.#watch(blocked, this.#settings.stallMs);
  }

  #watch(blocked: Blocked<T>, delayMs: number): void {
    this.#timer = this.#ctx.clock.after(delayMs, () => {
      const { line, since } = blocked;
      const { stallMs } = this.#settings;
      if (this.#blocked !== blocked || line.isGone) return;
      const left = Math.max(line.takenAt, since) + stallMs - this.#ctx.clock.monotonic();
      if (left > 0) {
        this.#watch(blocked, left);
        return;
      }
      this.#stalled++;
      this.#ctx.log.warn(`a reader of replies is closed: it took nothing for ${stallMs} ms`, {
        peer: line.peer,
        heldBytes: line.heldBytes,
      });
      line.terminate();
    });
  }

  #goOn(blocked: Blocked<T>): void {
    if (this.#blocked !== blocked) return;
    this.#blocked = undefined;
    this.#timer?.cancel();
    try {
      blocked.next = this.#encode(blocked.records, blocked.next);
    } catch (error) {
      blocked.done.reject(error);
      return;
    }
    if (blocked.next === blocked.records.length) {
      this.flush();
      blocked.done.resolve();
      return;
    }
    this.#wait({ ...blocked, line: this.#lineOf(blocked.records[blocked.next]!)! });
  }

  #drop(): void {
    this.#gone++;
    const now = this.#ctx.clock.monotonic();
    if (this.#lines.pass(now) === undefined) return;
    this.#ctx.log.warn("replies are dropped: the connections that they belong to are gone", {
      gone: this.#gone,
    });
  }

  #recordError(code: string, record: T, error: unknown): Error {
    const text = plainText(record, RECORD_TEXT_MAX);
    const message = `sink ${this.#ctx.sink} cannot reply: ${messageOf(error)}`;
    return userError(code, `${message}; the record: ${text}`, error);
  }

  #closedError(): Error {
    return externalError("sink_closed", `sink ${this.#ctx.sink} is closed; it takes no replies`);
  }
}
