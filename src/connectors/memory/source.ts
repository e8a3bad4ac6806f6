import { userError } from "../../base/errors.ts";
import { BATCH_RECORDS_MAX } from "../../model/limits.ts";
import type { Position } from "../../model/context.ts";
import type { Batch, Source, SourceContext, SplitReader } from "../../model/source.ts";
import { badOption } from "../bad-option.ts";

export interface MemorySourceOptions {
  /** Records of one batch, 1 to 512. Default 512. */
  readonly batch?: number;
  /** The event time of each record, ms since the epoch. Default: when it is read. */
  readonly times?: readonly number[];
}

/**
 * A source of the given records, then its end. Its positions are indexes.
 *
 * @throws {WallarooError} `bad_option`
 * @example
 * memory.source(["the cat", "the dog"]);
 */
export function memorySource<T>(
  records: readonly T[],
  options: MemorySourceOptions = {},
): Source<T> {
  const size = options.batch ?? BATCH_RECORDS_MAX;
  if (!Number.isInteger(size) || size < 1 || size > BATCH_RECORDS_MAX) {
    throw badOption("memory.source", `batch is ${size}: give 1 to ${BATCH_RECORDS_MAX}`);
  }
  const { times } = options;
  if (times !== undefined && times.length !== records.length) {
    const counts = `${times.length} for ${records.length} records`;
    throw badOption("memory.source", `times are ${counts}: give one for each`);
  }
  return {
    kind: "memory",
    about: `memory, ${records.length} records`,
    replays: true,
    canGoBack: true,
    splits: async () => ["memory"],
    async open(_split, position, ctx) {
      const start = position === undefined ? 0 : checkIndex("memory.source", position);
      if (start > records.length) throw badPosition("memory.source", position);
      return new MemoryReader(records, times, size, start, ctx);
    },
  };
}

class MemoryReader<T> implements SplitReader<T> {
  readonly #records: readonly T[];
  readonly #times: readonly number[] | undefined;
  readonly #size: number;
  readonly #ctx: SourceContext;
  #at: number;
  #isClosed = false;

  constructor(
    records: readonly T[],
    times: readonly number[] | undefined,
    size: number,
    start: number,
    ctx: SourceContext,
  ) {
    this.#records = records;
    this.#times = times;
    this.#size = size;
    this.#ctx = ctx;
    this.#at = start;
  }

  async *read(): AsyncGenerator<Batch<T>> {
    while (!this.#isClosed && this.#at < this.#records.length) {
      const start = this.#at;
      this.#at = Math.min(start + this.#size, this.#records.length);
      const records = this.#records.slice(start, this.#at);
      const batch = indexedBatch(records, start, this.#ctx.clock.now());
      if (this.#times === undefined) yield batch;
      else yield { ...batch, times: Float64Array.from(this.#times.slice(start, this.#at)) };
    }
  }

  acknowledge(): Promise<void> {
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
  }
}

/** A batch whose records stand at `start`, `start + 1` and so on. */
export function indexedBatch<T>(records: readonly T[], start: number, time: number): Batch<T> {
  return {
    count: records.length,
    records,
    time,
    next: start + records.length,
    positionOf: (i) => start + i,
  };
}

export function checkIndex(where: string, position: Position): number {
  if (typeof position === "number" && Number.isSafeInteger(position) && position >= 0) {
    return position;
  }
  throw badPosition(where, position);
}

export function badPosition(where: string, position: Position | undefined): Error {
  return userError(
    "bad_position",
    `${where}: ${JSON.stringify(position)} is no position of this source: were the records others?`,
  );
}
