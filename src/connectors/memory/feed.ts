import { userError } from "../../base/errors.ts";
import { BATCH_RECORDS_MAX } from "../../model/limits.ts";
import type { Position } from "../../model/context.ts";
import type { Batch, Source, SourceContext, SplitReader } from "../../model/source.ts";
import { badOption } from "../bad-option.ts";
import { badPosition, checkIndex, indexedBatch } from "./source.ts";

/** Records that may wait in a feed, to be read or to be acknowledged. */
const CAPACITY = 1_000_000;

export interface MemoryFeedOptions {
  /** Records kept until they are acknowledged; above it `push` throws. Default 1,000,000. */
  readonly capacity?: number;
}

/** A source that the program feeds while it runs. */
export interface MemoryFeed<T> {
  readonly source: Source<T>;
  /** @throws {WallarooError} `feed_full`, taking none of them; `feed_ended` */
  push(...records: readonly T[]): void;
  /** No record will follow: the source ends when what was pushed is read. */
  end(): void;
  /** Records pushed so far. */
  readonly pushed: number;
  /** Records that are durable in the job: they are forgotten here. */
  readonly acknowledged: number;
}

/**
 * A live feed: what is pushed is kept until it is acknowledged, so a job that restarts from a
 * checkpoint reads it again.
 *
 * @example
 * const lines = memory.feed<string>();
 * lines.push("the cat", "the dog");
 * lines.end();
 */
export function memoryFeed<T>(options: MemoryFeedOptions = {}): MemoryFeed<T> {
  const capacity = options.capacity ?? CAPACITY;
  if (!Number.isSafeInteger(capacity) || capacity < 1) {
    throw badOption("memory.feed", `capacity is ${capacity}: give a whole number, 1 or more`);
  }
  const log = new FeedLog<T>(capacity);
  return {
    source: {
      kind: "memory",
      about: "memory, fed by the program",
      replays: true,
      splits: async () => ["feed"],
      async open(_split, position, ctx) {
        const start = position === undefined ? log.base : checkIndex("memory.feed", position);
        if (start < log.base || start > log.end) throw badPosition("memory.feed", position);
        return new FeedReader(log, start, ctx);
      },
    },
    push: (...records) => log.push(records),
    end: () => log.finish(),
    get pushed() {
      return log.end;
    },
    get acknowledged() {
      return log.base;
    },
  };
}

/** The records from `base` on, and who waits for more. */
class FeedLog<T> {
  readonly #capacity: number;
  #records: T[] = [];
  readonly #readers = new Set<() => void>();
  /** The index of the first record that is kept. */
  base = 0;
  isFinished = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get end(): number {
    return this.base + this.#records.length;
  }

  push(records: readonly T[]): void {
    if (this.isFinished) throw userError("feed_ended", "memory.feed: push after end");
    if (this.#records.length + records.length > this.#capacity) {
      throw userError(
        "feed_full",
        `memory.feed: ${this.#records.length} records wait to be read and acknowledged, limit ` +
          `${this.#capacity}: push fewer at a time, or set capacity`,
      );
    }
    for (const record of records) this.#records.push(record);
    this.#wake();
  }

  finish(): void {
    this.isFinished = true;
    this.#wake();
  }

  slice(start: number, end: number): readonly T[] {
    return this.#records.slice(start - this.base, end - this.base);
  }

  forget(end: number): void {
    if (end <= this.base) return;
    this.#records = this.#records.slice(end - this.base);
    this.base = end;
  }

  /** Calls `wake` once, at the next change. Returns how to call it off. */
  onChange(wake: () => void): void {
    this.#readers.add(wake);
  }

  offChange(wake: () => void): void {
    this.#readers.delete(wake);
  }

  #wake(): void {
    const readers = [...this.#readers];
    this.#readers.clear();
    for (const wake of readers) wake();
  }
}

class FeedReader<T> implements SplitReader<T> {
  readonly #log: FeedLog<T>;
  readonly #ctx: SourceContext;
  #at: number;
  #isClosed = false;
  #wake: (() => void) | undefined;

  constructor(log: FeedLog<T>, start: number, ctx: SourceContext) {
    this.#log = log;
    this.#at = start;
    this.#ctx = ctx;
  }

  async *read(): AsyncGenerator<Batch<T>> {
    const log = this.#log;
    while (!this.#isClosed) {
      if (this.#at < log.end) {
        const start = this.#at;
        this.#at = Math.min(start + BATCH_RECORDS_MAX, log.end);
        yield indexedBatch(log.slice(start, this.#at), start, this.#ctx.clock.now());
      } else if (log.isFinished) {
        return;
      } else {
        await this.#change();
      }
    }
  }

  async acknowledge(position: Position): Promise<void> {
    const end = checkIndex("memory.feed", position);
    if (end > this.#log.end) throw badPosition("memory.feed", position);
    this.#log.forget(end);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const wake = this.#wake;
    if (wake === undefined) return;
    this.#log.offChange(wake);
    wake();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#log.onChange(resolve);
    });
  }
}
