/** Reads a source as the worker does, and copies what batches lend. */
import type { Position } from "../../src/model/context.ts";
import { BATCH_BYTES_MAX, BATCH_RECORDS_MAX } from "../../src/model/limits.ts";
import type { Batch, Source, SourceContext, SplitReader } from "../../src/model/source.ts";

/** One record, with where it stands and where the next would. */
export interface ReadRecord<T> {
  readonly record: T;
  readonly position: Position | undefined;
  readonly time: number;
}

export interface ReadBatch<T> {
  readonly records: readonly ReadRecord<T>[];
  readonly next: Position | undefined;
}

/** Decodes a batch, and checks its bounds. */
export function copyBatch<T>(source: Source<T>, batch: Batch<T>): ReadBatch<T> {
  const records: ReadRecord<T>[] = [];
  if (batch.count < 1 || batch.count > BATCH_RECORDS_MAX) {
    throw new Error(`a batch has ${batch.count} records`);
  }
  if (batch.records !== undefined && batch.records.length !== batch.count) {
    throw new Error(`count is ${batch.count}, but there are ${batch.records.length} records`);
  }
  const span = batch.starts === undefined ? 0 : batch.ends![batch.count - 1]! - batch.starts[0]!;
  if (span > BATCH_BYTES_MAX && batch.count > 1) throw new Error(`a batch spans ${span} bytes`);
  for (let i = 0; i < batch.count; i++) {
    const record =
      batch.records === undefined
        ? source.decode!.decode(batch.bytes!, batch.starts![i]!, batch.ends![i]!)
        : batch.records[i]!;
    records.push({
      record,
      position: batch.positionOf?.(i),
      time: batch.times?.[i] ?? batch.time,
    });
  }
  return { records, next: batch.next };
}

/** Batches of a split until its end, or until `max` records were read. */
export async function readSplit<T>(
  source: Source<T>,
  ctx: SourceContext,
  split: string,
  position?: Position,
  max: number = Number.POSITIVE_INFINITY,
): Promise<ReadBatch<T>[]> {
  await using reader = await source.open(split, position, ctx);
  const batches: ReadBatch<T>[] = [];
  let count = 0;
  for await (const batch of reader.read()) {
    batches.push(copyBatch(source, batch));
    count += batch.count;
    if (count >= max) break;
  }
  return batches;
}

/** All records of a split, from a position on. */
export async function recordsOf<T>(
  source: Source<T>,
  ctx: SourceContext,
  split: string,
  position?: Position,
): Promise<T[]> {
  const batches = await readSplit(source, ctx, split, position);
  return batches.flatMap(({ records }) => records.map(({ record }) => record));
}

/** Reads in the background, for sources that wait: what came so far is in `records`. */
export class LiveRead<T> {
  readonly records: ReadRecord<T>[] = [];
  next: Position | undefined;
  /** How it ended: undefined while it goes on. */
  end: "finished" | { readonly error: unknown } | undefined;
  readonly reader: SplitReader<T>;

  constructor(source: Source<T>, reader: SplitReader<T>) {
    this.reader = reader;
    void this.#run(source);
  }

  get values(): T[] {
    return this.records.map(({ record }) => record);
  }

  get errorCode(): unknown {
    if (this.end === undefined || this.end === "finished") return this.end;
    const { error } = this.end;
    return error instanceof Error && "code" in error ? error.code : error;
  }

  async #run(source: Source<T>): Promise<void> {
    try {
      for await (const batch of this.reader.read()) {
        const copy = copyBatch(source, batch);
        this.records.push(...copy.records);
        this.next = copy.next;
      }
      this.end = "finished";
    } catch (error) {
      this.end = { error };
    }
  }
}
