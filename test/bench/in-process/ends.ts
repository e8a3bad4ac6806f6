/** Both ends of an app measured in process: records from memory, and a sum of what comes. */
import type { Decoder } from "../../../src/model/codec.ts";
import type { Sink } from "../../../src/model/sink.ts";
import type { Batch, Source } from "../../../src/model/source.ts";

const BATCH = 512;

/** Gives `batches` over and over, `rounds` times. */
function source<T>(batches: readonly Batch<T>[], rounds: number, decode?: Decoder<T>): Source<T> {
  return {
    kind: "bench",
    about: "bench",
    ...(decode === undefined ? {} : { decode }),
    splits: async () => ["all"],
    open: async () => ({
      read: () => {
        let left = batches.length * rounds;
        let at = 0;
        const result = { done: false as const, value: batches[0]! };
        return {
          [Symbol.asyncIterator]: () => ({
            next: async () => {
              if (left-- <= 0) return { done: true as const, value: undefined };
              result.value = batches[at]!;
              at = at + 1 === batches.length ? 0 : at + 1;
              return result as IteratorResult<Batch<T>>;
            },
          }),
        };
      },
      acknowledge: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    }),
  };
}

/** Records as they are: whole batches of 512. */
export function fromRecords<T>(records: readonly T[], rounds: number): Source<T> {
  const batches: Batch<T>[] = [];
  for (let at = 0; at < records.length; at += BATCH) {
    const some = records.slice(at, at + BATCH);
    batches.push({ count: some.length, records: some, time: 0, next: undefined });
  }
  return source(batches, rounds);
}

/** Records as bytes, each decoded anew in each round, as those of a network source are. */
export function fromBytes<T>(
  texts: readonly Uint8Array[],
  decode: Decoder<T>,
  rounds: number,
): Source<T> {
  const batches: Batch<T>[] = [];
  for (let from = 0; from < texts.length; from += BATCH) {
    const some = texts.slice(from, from + BATCH);
    const starts = new Int32Array(some.length);
    const ends = new Int32Array(some.length);
    let at = 0;
    for (const [i, { length }] of some.entries()) {
      starts[i] = at;
      at += length;
      ends[i] = at;
    }
    const bytes = Buffer.concat(some);
    batches.push({ count: some.length, bytes, starts, ends, time: 0, next: undefined });
  }
  return source(batches, rounds, decode);
}

export interface Seen {
  count: number;
  sum: number;
}

/** Adds up the numbers that come. */
export function summing(seen: Seen): Sink<number> {
  return {
    kind: "bench",
    about: "bench",
    delivery: "at-most-once",
    open: async () => ({
      write(records) {
        seen.count += records.length;
        for (const record of records) seen.sum += record;
      },
      flush: () => undefined,
      prepare: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    }),
  };
}
