/** What every source with an end must keep. */
import type { Position } from "../model/context.ts";
import type { Source, SourceContext } from "../model/source.ts";
import type { ContractCheck } from "./contract.ts";
import { readSplit, recordsOf } from "./read-split.ts";
import { check, checkSame } from "./same.ts";

/** A source with an end, and what it must give. */
export interface SourceCase<T> {
  readonly source: Source<T>;
  readonly ctx: SourceContext;
  /** The records of each split, in the order of `splits`: at least one split with one record. */
  readonly records: readonly (readonly T[])[];
  /** False for sources whose splits have no positions. Default true. */
  readonly isResumable?: boolean;
}

/** So many positions of a split are tried at most. */
const RESUMES_MAX = 300;

/**
 * The checks of a source: splits are stable, records come in order and within the bounds of
 * batches, reading goes on exactly at every position, closing ends the reading. `make` is called
 * for each check, and gives a source of the same records each time.
 *
 * @example
 * for (const check of sourceContract(async () => ({ source, ctx, records: [["a", "b"]] }))) {
 *   test(check.name, () => check.run());
 * }
 */
export function sourceContract<T>(make: () => Promise<SourceCase<T>>): readonly ContractCheck[] {
  const checked = (name: string, run: (given: SourceCase<T>) => Promise<void>): ContractCheck => ({
    name,
    run: async () => await run(await make()),
  });
  return [
    checked("splits are the same when asked again, and no two are equal", sameSplits),
    checked("every split gives its records in order, then ends", inOrder),
    checked("a closed reader ends its reading, and may be closed again", closes),
    checked("reading goes on exactly at every position", resumes),
    checked("reading batch by batch, each by another reader, gives every record once", inTurns),
    checked("acknowledging a position is no error", acknowledges),
  ];
}

async function sameSplits<T>({ source, ctx, records }: SourceCase<T>): Promise<void> {
  const splits = await source.splits(ctx);
  checkSame(splits.length, records.length, "the number of splits");
  checkSame(new Set(splits).size, splits.length, "the number of splits that differ");
  checkSame(await source.splits(ctx), [...splits], "the splits when asked again");
}

async function inOrder<T>({ source, ctx, records }: SourceCase<T>): Promise<void> {
  for (const [i, split] of (await source.splits(ctx)).entries()) {
    const read = await recordsOf(source, ctx, split);
    checkSame(read, [...records[i]!], `the records of split "${split}"`);
  }
}

async function closes<T>({ source, ctx }: SourceCase<T>): Promise<void> {
  const split = await firstSplit(source, ctx);
  const reader = await source.open(split, undefined, ctx);
  const batches = reader.read()[Symbol.asyncIterator]();
  await batches.next();
  await reader[Symbol.asyncDispose]();
  check((await batches.next()).done === true, "a reader that was closed gave another batch");
  await reader[Symbol.asyncDispose]();
}

async function resumes<T>({ source, ctx, records, isResumable }: SourceCase<T>): Promise<void> {
  if (isResumable === false) return;
  for (const [s, split] of (await source.splits(ctx)).entries()) {
    let before = 0;
    const places: { at: Position; from: number }[] = [];
    for (const batch of await readSplit(source, ctx, split)) {
      for (const [i, { position }] of batch.records.entries()) {
        places.push({ at: stored(position), from: before + i });
      }
      before += batch.records.length;
      places.push({ at: stored(batch.next), from: before });
    }
    const step = Math.max(1, Math.ceil(places.length / RESUMES_MAX));
    for (let i = 0; i < places.length; i += step) {
      const { at, from } = places[i]!;
      const what = `the records of split "${split}" from ${JSON.stringify(at)} on`;
      checkSame(await recordsOf(source, ctx, split, at), records[s]!.slice(from), what);
    }
  }
}

async function inTurns<T>({ source, ctx, records, isResumable }: SourceCase<T>): Promise<void> {
  if (isResumable === false) return;
  for (const [s, split] of (await source.splits(ctx)).entries()) {
    const read: T[] = [];
    let at: Position | undefined;
    for (;;) {
      const [batch] = await readSplit(source, ctx, split, at, 1);
      if (batch === undefined) break;
      read.push(...batch.records.map(({ record }) => record));
      at = stored(batch.next);
    }
    checkSame(read, [...records[s]!], `the records of split "${split}", batch by batch`);
  }
}

async function acknowledges<T>({ source, ctx, isResumable }: SourceCase<T>): Promise<void> {
  if (isResumable === false) return;
  await using reader = await source.open(await firstSplit(source, ctx), undefined, ctx);
  for await (const batch of reader.read()) {
    if (batch.next !== undefined) await reader.acknowledge(batch.next);
  }
}

async function firstSplit<T>(source: Source<T>, ctx: SourceContext): Promise<string> {
  const [split] = await source.splits(ctx);
  check(split !== undefined, "the source has no split: the contract needs one with a record");
  return split;
}

/** A position as it comes back out of a checkpoint: plain data that JSON carries. */
function stored(position: Position | undefined): Position {
  check(position !== undefined, "a record or a batch has no position");
  const back = JSON.parse(JSON.stringify(position)) as Position;
  checkSame(back, position, "a position that was stored as JSON and read again");
  return back;
}
