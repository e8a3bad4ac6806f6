/**
 * Speed of the engine alone: records from memory into a sink that only counts, in one process.
 *
 *   bun test/bench/engine.ts [--seconds N]
 *
 * Prints M records/s per case: the median and the range of five runs. The last case repeats the
 * first one after other pipelines have run in the process, which is where shared code gets slow.
 */
import { app, count, state, type App } from "../../src/api/mod.ts";
import { Prng } from "../../src/base/prng.ts";
import type { Batch, Source } from "../../src/model/source.ts";
import type { Sink } from "../../src/model/sink.ts";
import { plan } from "../../src/planner/plan.ts";
import { Job } from "../../src/worker/job.ts";
import { testPorts } from "../support/run-app.ts";

const RUNS = 5;

/** Repeats a batch of 512 records until `total` were read. */
function repeated<T>(batches: readonly (readonly T[])[], total: number): Source<T> {
  return {
    kind: "bench",
    about: "bench",
    splits: async () => ["all"],
    open: async () => ({
      read: () => {
        let left = total;
        let at = 0;
        const result = { done: false as boolean, value: undefined as unknown as Batch<T> };
        return {
          [Symbol.asyncIterator]: () => ({
            next: async () => {
              if (left <= 0) return { done: true as const, value: undefined };
              const records = batches[at++ % batches.length]!;
              left -= records.length;
              result.value = { count: records.length, records, time: 0, next: undefined };
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

function counting(seen: { count: number }): Sink<unknown> {
  return {
    kind: "bench",
    about: "bench",
    delivery: "at-most-once",
    open: async () => ({
      write(records) {
        seen.count += records.length;
      },
      flush: () => undefined,
      prepare: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    }),
  };
}

async function run(built: App, compiled = true): Promise<void> {
  const pipeline = await built.build({});
  const job = await Job.start({
    job: "bench",
    app: "bench",
    worker: "bench",
    pipeline,
    plan: plan(pipeline),
    ports: testPorts(),
    metrics: false,
    compiled,
  });
  const status = await job.done;
  if (status.state !== "finished") throw new Error(status.error);
}

interface Case {
  readonly name: string;
  readonly total: number;
  readonly make: (seen: { count: number }) => App;
  /** How many records the sink must have seen. */
  readonly expected: number;
}

const prng = new Prng(7);
const small = [Array.from({ length: 512 }, (_, i) => ({ id: i, value: i * 3 }))];

const batchesOf = <T>(count: number, make: (i: number) => T): T[][] =>
  Array.from({ length: Math.ceil(count / 512) }, (_, b) =>
    Array.from({ length: 512 }, (_, i) => make(b * 512 + i)),
  );

function chainCase(name: string, field: string): Case {
  const total = 512 * 40_000;
  return {
    name,
    total,
    expected: total / 512,
    make: (seen) =>
      app("chain", (flow) => {
        flow
          .source("in", repeated(small, total))
          .map(`${field} a`, (r) => ({ id: r.id, value: r.value + 1 }))
          .filter(`${field} b`, (r) => r.id === 7)
          .map(`${field} c`, (r) => r.value)
          .sink("out", counting(seen));
      }),
  };
}

/** All records pass the filter until the last step, which keeps one of 512. */
function fullChain(): Case {
  const total = 512 * 40_000;
  return {
    name: "map, filter, map (all pass), then 1 in 512 to the sink",
    total,
    expected: total / 512,
    make: (seen) =>
      app("chain", (flow) => {
        flow
          .source("in", repeated(small, total))
          .map("a", (r) => ({ id: r.id, value: r.value + 1 }))
          .filter("b", (r) => r.value >= 0)
          .map("c", (r) => (r.value === 22 ? r.value : undefined))
          .sink("out", counting(seen));
      }),
  };
}

function keyed(name: string, batches: readonly (string | number)[][], n: number): Case {
  const total = batches[0]!.length * batches.length * n;
  return {
    name,
    total,
    expected: 0,
    make: (seen) =>
      app("keyed", (flow) => {
        flow
          .source("in", repeated(batches, total))
          .keyBy("key", (k) => k)
          .mapWithState(
            "count",
            state(() => ({ n: 0 })),
            (_, s) => {
              s.n++;
              return s.n < 0 ? s.n : undefined;
            },
          )
          .sink("out", counting(seen));
      }),
  };
}

const million = 1_000_000;
const cases: Case[] = [
  fullChain(),
  chainCase("map, filter (1 in 512), map", "one"),
  keyed(
    "keyed count, 10,000 numeric keys",
    batchesOf(1 << 18, () => prng.below(10_000)),
    40,
  ),
  {
    name: "keyed aggregate count(), 10,000 numeric keys",
    total: (1 << 18) * 20,
    expected: 0,
    make: (seen) =>
      app("agg", (flow) => {
        const batches = batchesOf(1 << 18, () => prng.below(10_000));
        flow
          .source("in", repeated(batches, (1 << 18) * 20))
          .keyBy("key", (k) => k)
          .aggregate("count", { n: count() })
          .filter("none", (r) => r.n < 0)
          .sink("out", counting(seen));
      }),
  },
  keyed(
    "keyed count, 1 M numeric keys at random",
    batchesOf(1 << 21, () => prng.below(million)),
    3,
  ),
  keyed(
    "keyed count, 1 M string keys at random",
    batchesOf(1 << 21, () => `key-${prng.below(million)}`),
    2,
  ),
  { ...fullChain(), name: "map, filter, map again, after the others" },
];

const only = process.argv[2];
for (const one of cases) {
  if (only !== undefined && !one.name.includes(only)) continue;
  const rates: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const seen = { count: 0 };
    const built = one.make(seen);
    const start = performance.now();
    await run(built);
    const seconds = (performance.now() - start) / 1000;
    if (seen.count !== one.expected) throw new Error(`${one.name}: ${seen.count} records came out`);
    rates.push(one.total / seconds / 1e6);
  }
  rates.sort((a, b) => a - b);
  const text = rates.map((r) => r.toFixed(1));
  console.log(`${one.name}: ${text[RUNS >> 1]} M/s (${text[0]} to ${text[RUNS - 1]})`);
}
