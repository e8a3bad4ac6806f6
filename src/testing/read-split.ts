/** Reads a source as the worker does, and copies what batches lend. */
import type { Position } from "../model/context.ts";
import { BATCH_BYTES_MAX, BATCH_RECORDS_MAX } from "../model/limits.ts";
import type { Batch, Source, SourceContext } from "../model/source.ts";
import { check } from "./same.ts";

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

const ignore = (): void => undefined;
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Decodes a batch, and checks its bounds. @throws {WallarooError} `contract` */
export function copyBatch<T>(source: Source<T>, batch: Batch<T>): ReadBatch<T> {
  const { count, records, starts, ends } = batch;
  check(
    Number.isInteger(count) && count >= 1 && count <= BATCH_RECORDS_MAX,
    `a batch has ${count} records: 1 to ${BATCH_RECORDS_MAX} are allowed`,
  );
  check(
    records === undefined || records.length === count,
    `count of a batch is ${count}, but it has ${records?.length} records`,
  );
  const span = starts === undefined || ends === undefined ? 0 : ends[count - 1]! - starts[0]!;
  check(
    count === 1 || span <= BATCH_BYTES_MAX,
    `a batch spans ${span} bytes: ${BATCH_BYTES_MAX} are allowed, unless one record is larger`,
  );
  const read: ReadRecord<T>[] = [];
  for (let i = 0; i < count; i++) {
    const time = batch.times?.[i] ?? batch.time;
    check(Number.isFinite(time), `the time of record ${i} of a batch is ${time}`);
    const record = records === undefined ? decoded(source, batch, i) : records[i]!;
    read.push({ record, position: batch.positionOf?.(i), time });
  }
  return { records: read, next: batch.next };
}

function decoded<T>({ decode }: Source<T>, batch: Batch<T>, i: number): T {
  const { bytes, starts, ends } = batch;
  check(
    bytes !== undefined && starts !== undefined && ends !== undefined && decode !== undefined,
    "a batch has neither records nor bytes, starts and ends for the source's decode",
  );
  const { time } = batch;
  const position = batch.positionOf?.(i);
  const ctx = { step: "", time, position, meta: batch.meta?.(i), log: SILENT };
  return decode.decode(bytes, starts[i]!, ends[i]!, ctx);
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
