/**
 * What every source with an end must keep, checked by a connector's own tests:
 *
 *     testSourceContract("file", async () => ({ source, ctx, records: [["a", ...]] }));
 */
import { expect, test } from "bun:test";
import type { Position } from "../../src/model/context.ts";
import type { Source, SourceContext } from "../../src/model/source.ts";
import { readSplit, recordsOf } from "./read-source.ts";

export interface SourceCase<T> {
  readonly source: Source<T>;
  readonly ctx: SourceContext;
  /** The records of each split, in the order of `splits`. */
  readonly records: readonly (readonly T[])[];
  /** False for sources whose splits have no positions. Default true. */
  readonly isResumable?: boolean;
}

/** Every third record of long inputs; all of short ones. */
const RESUMES_MAX = 300;

export function testSourceContract<T>(name: string, make: () => Promise<SourceCase<T>>): void {
  test(`${name}: splits are the same when asked again, and no two are equal`, async () => {
    const { source, ctx, records } = await make();
    const splits = await source.splits(ctx);
    expect(splits.length).toBe(records.length);
    expect(new Set(splits).size).toBe(splits.length);
    expect(await source.splits(ctx)).toEqual([...splits]);
  });

  test(`${name}: every split gives its records in order, then ends`, async () => {
    const { source, ctx, records } = await make();
    const splits = await source.splits(ctx);
    for (const [i, split] of splits.entries()) {
      expect(await recordsOf(source, ctx, split)).toEqual([...records[i]!]);
    }
  });

  test(`${name}: a closed reader ends its reading, and may be closed again`, async () => {
    const { source, ctx } = await make();
    const [split] = await source.splits(ctx);
    const reader = await source.open(split!, undefined, ctx);
    const batches = reader.read()[Symbol.asyncIterator]();
    await batches.next();
    await reader[Symbol.asyncDispose]();
    expect((await batches.next()).done).toBe(true);
    await reader[Symbol.asyncDispose]();
  });

  test(`${name}: reading goes on exactly at every position`, async () => {
    const { source, ctx, records, isResumable } = await make();
    if (isResumable === false) return;
    for (const [s, split] of (await source.splits(ctx)).entries()) {
      const expected = records[s]!;
      let before = 0;
      const places: { at: Position; from: number }[] = [];
      for (const batch of await readSplit(source, ctx, split)) {
        for (const [i, { position }] of batch.records.entries()) {
          places.push({ at: plain(position), from: before + i });
        }
        before += batch.records.length;
        places.push({ at: plain(batch.next), from: before });
      }
      const step = Math.max(1, Math.ceil(places.length / RESUMES_MAX));
      for (let i = 0; i < places.length; i += step) {
        const { at, from } = places[i]!;
        expect(await recordsOf(source, ctx, split, at)).toEqual(expected.slice(from));
      }
    }
  });

  test(`${name}: acknowledging a position is no error`, async () => {
    const { source, ctx, isResumable } = await make();
    if (isResumable === false) return;
    const [split] = await source.splits(ctx);
    await using reader = await source.open(split!, undefined, ctx);
    for await (const batch of reader.read()) {
      if (batch.next !== undefined) await reader.acknowledge(batch.next);
    }
  });
}

/** Positions go through a checkpoint: plain data that JSON carries. */
function plain(position: Position | undefined): Position {
  expect(position).toBeDefined();
  return JSON.parse(JSON.stringify(position)) as Position;
}
