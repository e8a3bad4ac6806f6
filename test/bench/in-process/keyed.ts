/** Counts per key: of each key, every 16th count comes out, and the sum of them is compared. */
import { app, type App, state, utf8 } from "../../../src/api/mod.ts";
import { Prng } from "../../../src/base/prng.ts";
import type { Source } from "../../../src/model/source.ts";
import { fromBytes, fromRecords, type Seen, summing } from "./ends.ts";
import type { InProcess } from "./measure.ts";

const EVERY = 16;

export interface KeyedOptions {
  readonly name: string;
  readonly keys: number;
  readonly records: number;
  readonly rounds: number;
  readonly kind: "number" | "string";
  readonly atLeast: number;
}

export function keyedCount({
  name,
  keys,
  records,
  rounds,
  kind,
  atLeast,
}: KeyedOptions): InProcess {
  const prng = new Prng(keys);
  const drawn = Array.from({ length: records }, () => prng.below(keys));
  const bytes = kind === "number" ? [] : drawn.map((key) => Buffer.from(textOf(key)));
  const make = (seen: Seen, source: Source<string | number>): App =>
    app("keyed", (flow) => {
      flow
        .source("in", source)
        .keyBy("key", (key) => key)
        .mapWithState(
          "count",
          state(() => ({ n: 0 })),
          (_, s) => {
            s.n++;
            return s.n % EVERY === 0 ? s.n : undefined;
          },
        )
        .sink("out", summing(seen));
    });
  return {
    name,
    records: records * rounds,
    atLeast,
    expected: expectedOf(drawn, rounds),
    make: (seen) =>
      kind === "number"
        ? make(seen, fromRecords(drawn, rounds))
        : make(seen, fromBytes(bytes, utf8, rounds)),
  };
}

function textOf(key: number): string {
  return `customer-${key}`;
}

function expectedOf(drawn: readonly number[], rounds: number): Seen {
  const perRound = new Map<number, number>();
  for (const key of drawn) perRound.set(key, (perRound.get(key) ?? 0) + 1);
  let count = 0;
  let sum = 0;
  for (const n of perRound.values()) {
    const out = Math.floor((n * rounds) / EVERY);
    count += out;
    sum += (EVERY * out * (out + 1)) / 2;
  }
  return { count, sum };
}
