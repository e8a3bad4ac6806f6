/** Stateless chains: all results depend on all records, and none can be known before it is run. */
import { app, type App } from "../../../src/api/mod.ts";
import { Prng } from "../../../src/base/prng.ts";
import { fromRecords, type Seen, summing } from "./ends.ts";
import type { InProcess } from "./measure.ts";

/** More than fit into the nearest cache, all different. */
const RECORDS = 512 * 256;
const ROUNDS = 200;

interface Reading {
  readonly id: number;
  readonly value: number;
}

const prng = new Prng(7);
const readings: Reading[] = Array.from({ length: RECORDS }, (_, id) => {
  return { id, value: prng.below(1_000) };
});

/** Keeps those of 1,000 values that are below `below`; the sum of the results is compared. */
export function chain(name: string, below: number, atLeast?: number): InProcess {
  const kept = readings.map(({ id, value }) => ({ id, value: value + 1 })).filter(isKept);
  function isKept({ value }: Reading): boolean {
    return value < below;
  }
  return {
    name,
    records: RECORDS * ROUNDS,
    expected: {
      count: kept.length * ROUNDS,
      sum: kept.reduce((sum, { id, value }) => sum + id + value, 0) * ROUNDS,
    },
    ...(atLeast === undefined ? {} : { atLeast }),
    make: (seen: Seen): App =>
      app("chain", (flow) => {
        flow
          .source("in", fromRecords(readings, ROUNDS))
          .map("add", ({ id, value }) => ({ id, value: value + 1 }))
          .filter("keep", (r) => r.value < below)
          .map("sum", (r) => r.id + r.value)
          .sink("out", summing(seen));
      }),
  };
}
