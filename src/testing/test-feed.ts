/**
 * The source that takes the place of an app's own: gives what the test feeds it, in order.
 *
 * Owns: what was fed and not yet read, and whether the worker asks for more.
 *
 * F1. The worker asks for a batch only when it is done with the one before, so a feed that is asked
 *     and has nothing left has been processed, but for what steps hold.
 */
import { userError } from "../base/errors.ts";
import type { Prng } from "../base/prng.ts";
import type { Position } from "../model/context.ts";
import { BATCH_BYTES_MAX, BATCH_RECORDS_MAX } from "../model/limits.ts";
import type { Batch, Source, SplitReader } from "../model/source.ts";
import type { Clock } from "../ports/clock.ts";

/** Records, or frames for the source's decoder. */
interface Fed {
  readonly record: unknown;
  readonly frame: Uint8Array | undefined;
  readonly time: number | undefined;
}

type Asked = (step: IteratorResult<Batch<unknown>>) => void;

export interface TestFeedOptions {
  readonly clock: Clock;
  /** Sizes of batches; the largest when absent. */
  readonly sizes?: Prng | undefined;
  /** Whether it is read again after it was closed, and keeps what was not read. Default false. */
  readonly reopens?: boolean;
}

/** The source of a test, and the end that the test holds. */
export class TestFeed {
  readonly name: string;
  readonly source: Source<unknown>;
  readonly #clock: Clock;
  /** Sizes of batches; the largest when absent. */
  readonly #sizes: Prng | undefined;
  #queue: Fed[] = [];
  #given = 0;
  #asked: Asked | undefined = undefined;
  #isClosed = false;
  isEnded = false;
  /** Whether it is read again after it was closed, and keeps what was not read. */
  readonly #reopens: boolean;
  #reader: object | undefined = undefined;

  constructor(name: string, original: Source<unknown>, options: TestFeedOptions) {
    this.name = name;
    this.#clock = options.clock;
    this.#sizes = options.sizes;
    this.#reopens = options.reopens ?? false;
    const { decode, onInvalid } = original;
    this.source = {
      kind: "test",
      about: `what the test feeds, in place of ${original.about}`,
      replays: false,
      ...(decode === undefined ? {} : { decode }),
      ...(onInvalid === undefined ? {} : { onInvalid }),
      splits: async () => ["feed"],
      open: async () => this.#open(),
    };
  }

  /** Whether everything was read and processed, but for what steps hold. */
  get isConsumed(): boolean {
    return this.#queue.length === 0 && (this.#asked !== undefined || this.#isClosed);
  }

  feed(records: readonly unknown[], times: readonly number[] | undefined): void {
    this.#checkOpen();
    if (times !== undefined && times.length !== records.length) {
      const counts = `${times.length} times for ${records.length} records`;
      throw userError("bad_feed", `feed("${this.name}"): ${counts}: give one for each`);
    }
    records.forEach((record, i) => {
      if (record === undefined) {
        const text = `record ${i} is undefined, which is no record`;
        throw userError("bad_feed", `feed("${this.name}"): ${text}`);
      }
    });
    for (const [i, record] of records.entries()) {
      this.#queue.push({ record, frame: undefined, time: times?.[i] });
    }
    this.#give();
  }

  feedBytes(frames: readonly Uint8Array[]): void {
    this.#checkOpen();
    if (this.source.decode === undefined) {
      const text = "its source makes records without bytes: use feed()";
      throw userError("bad_feed", `feedBytes("${this.name}"): ${text}`);
    }
    for (const frame of frames) this.#queue.push({ record: undefined, frame, time: undefined });
    this.#give();
  }

  end(): void {
    this.isEnded = true;
    this.#give();
  }

  #checkOpen(): void {
    if (!this.isEnded && (!this.#isClosed || this.#reopens)) return;
    throw userError("feed_ended", `source "${this.name}" has ended: feed it before end()`);
  }

  #open(): SplitReader<unknown> {
    const reader = {};
    this.#reader = reader;
    this.#isClosed = false;
    const next = async (): Promise<IteratorResult<Batch<unknown>>> =>
      await new Promise((resolve) => {
        // One that was overtaken by another attempt gets no more.
        if (this.#reader !== reader) return;
        this.#asked = resolve;
        this.#give();
      });
    const close = (): void => {
      if (this.#reader !== reader) return;
      this.#isClosed = true;
      if (!this.#reopens) this.#queue = [];
      this.#give();
    };
    return {
      read: () => ({
        [Symbol.asyncIterator]: () => ({
          next,
          return: async () => {
            close();
            return { done: true, value: undefined };
          },
        }),
      }),
      acknowledge: () => Promise.resolve(),
      [Symbol.asyncDispose]: async () => close(),
    };
  }

  /** Answers the worker, if it asks and there is an answer. */
  #give(): void {
    const asked = this.#asked;
    if (asked === undefined) return;
    if (this.#queue.length > 0 && !(this.#isClosed && this.#reopens)) {
      this.#asked = undefined;
      asked({ done: false, value: this.#batch() });
    } else if (this.isEnded || this.#isClosed) {
      this.#isClosed = true;
      this.#asked = undefined;
      asked({ done: true, value: undefined });
    }
  }

  #batch(): Batch<unknown> {
    const max = this.#sizes === undefined ? BATCH_RECORDS_MAX : 1 + this.#sizes.below(20);
    const isBytes = this.#queue[0]!.frame !== undefined;
    let bytes = 0;
    let count = 0;
    for (const { frame } of this.#queue) {
      if (count === max || (frame !== undefined) !== isBytes) break;
      bytes += frame?.length ?? 0;
      if (count > 0 && bytes > BATCH_BYTES_MAX) break;
      count++;
    }
    const fed = this.#queue.slice(0, count);
    this.#queue = this.#queue.slice(count);
    const start = this.#given;
    this.#given += count;
    const time = this.#clock.now();
    const isTimed = fed.some((one) => one.time !== undefined);
    return {
      count,
      ...(isBytes ? framed(fed) : { records: fed.map(({ record }) => record) }),
      time,
      ...(isTimed ? { times: Float64Array.from(fed, (one) => one.time ?? time) } : {}),
      next: start + count,
      positionOf: (i): Position => start + i,
    };
  }
}

function framed(fed: readonly Fed[]): Pick<Batch<unknown>, "bytes" | "starts" | "ends"> {
  const frames = fed.map(({ frame }) => frame!);
  const starts = new Int32Array(frames.length);
  const ends = new Int32Array(frames.length);
  let at = 0;
  for (const [i, frame] of frames.entries()) {
    starts[i] = at;
    at += frame.length;
    ends[i] = at;
  }
  return { bytes: Buffer.concat(frames), starts, ends };
}
