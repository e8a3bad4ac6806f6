/** Steps with keyed state, and running aggregates. */
import {
  aggregation,
  collect,
  connect,
  count,
  listState,
  mapState,
  max,
  mean,
  min,
  state,
  sum,
} from "../../../src/api/mod.ts";
import type { Key } from "../../../src/model/key.ts";
import { BIG, type Maker, mix, perKey, put, randomKey, RECORDS_MAX } from "./build.ts";

const zero = () => ({ n: 0 });
/** A key's state begins anew then. */
const CLEARED_AT = 7;
const all = (x: number) => x;
/** Of any order of the records, as all of them here. */
const bits = aggregation({
  init: () => 0,
  add: (acc: number, x: number) => acc ^ x,
  merge: (into, from) => into ^ from,
  result: (acc) => acc,
});

function sortedText(xs: readonly number[]): string {
  return [...xs].sort((a, b) => a - b).join();
}

export const KEYED: Readonly<Record<string, Maker>> = {
  mapWithState: {
    covers: ["mapWithState", "keyBy"],
    make(build, input, name) {
      const { keyOf, text } = randomKey(build.prng);
      const give = (key: string, n: number) => (n % 5 === 0 ? undefined : mix(key, n));
      const stream = input.stream
        .keyBy(`${name} key`, keyOf)
        .mapWithState(name, state(zero), (_, s, ctx) => {
          if (++s.n === CLEARED_AT) ctx.clear();
          return give(String(ctx.key), s.n);
        });
      const results = perKey(input.records, text, zero, (_, s, key, clear) => {
        if (++s.n === CLEARED_AT) clear();
        return give(key, s.n);
      });
      const records = results.filter((x) => x !== undefined);
      put(build, input, stream, records);
    },
  },
  flatMapWithState: {
    covers: ["flatMapWithState"],
    make(build, input, name) {
      const { keyOf, text } = randomKey(build.prng);
      const give = (key: string, n: number) =>
        Array.from({ length: n % 3 }, (_, i) => mix(key, n * 3 + i));
      const stream = input.stream
        .keyBy(`${name} key`, keyOf)
        .flatMapWithState(name, state(zero), function* (_, s, ctx) {
          yield* give(String(ctx.key), ++s.n);
        });
      const results = perKey(input.records, text, zero, (_, s, key) => give(key, ++s.n));
      put(build, input, stream, results.flat());
    },
  },
  collect: {
    covers: ["collect"],
    make(build, input, name) {
      const stream = input.stream
        .collect(`${name} key`)
        .mapWithState(name, state(zero), (_, s) => ++s.n);
      const records = input.records.map((_, i) => i + 1);
      put(build, input, stream, records);
    },
  },
  /** Several states of one step, with entries, and cleared from time to time. */
  several: {
    covers: ["mapWithState", "to"],
    make(build, input, name) {
      const { keyOf, text } = randomKey(build.prng);
      const every = 4 + build.prng.below(20);
      const states = {
        total: state(zero),
        parts: mapState<number, number>(),
        last: listState<number>(),
      };
      const stream = input.stream.keyBy(`${name} key`, keyOf).to(name, (keyed) =>
        keyed.mapWithState("step", states, (x, s, ctx) => {
          const part = x % 3;
          s.total.n++;
          s.parts.set(part, (s.parts.get(part) ?? 0) + 1);
          s.last.push(x);
          if (s.last.length > 5) s.last.shift();
          const result = mix(`${part}/${s.last.length}`, s.parts.get(part)!);
          if (s.total.n === every) ctx.clear();
          return result;
        }),
      );
      const init = () => ({ n: 0, parts: [0, 0, 0] });
      const records = perKey(input.records, text, init, (x, s, _, clear) => {
        s.n++;
        const part = ++s.parts[x % 3]!;
        if (s.n === every) clear();
        return mix(`${x % 3}/${Math.min(s.n, 5)}`, part);
      });
      // Which part comes at which length depends on the order of the records of a key.
      if (input.isOrdered) put(build, input, stream, records);
      else
        put(
          build,
          input,
          stream.map(`${name} one`, () => 1),
          records.map(() => 1),
        );
    },
  },
  aggregate: {
    covers: ["aggregate"],
    make(build, input, name) {
      const { keyOf, text } = randomKey(build.prng);
      const result = input.stream
        .keyBy(`${name} key`, keyOf)
        .aggregate(
          name,
          {
            n: count(),
            t: sum(all),
            most: max(all),
            least: min(all),
            mean: mean(all),
            bits,
            all: collect(all, RECORDS_MAX),
          },
          { emit: "on close" },
        )
        .map(`${name} text`, (r) => {
          const parts = [r.t, r.most, r.least, r.mean, r.bits, sortedText(r.all)];
          return mix(`${String(r.key)} ${parts.join(" ")}`, r.n);
        });
      const records = [...Map.groupBy(input.records, text)].map(([key, xs]) => {
        const total = xs.reduce((a, b) => a + b, 0);
        const [most, least] = [Math.max(...xs), Math.min(...xs)];
        const xor = xs.reduce((a, b) => a ^ b, 0);
        const parts = [total, most, least, total / xs.length, xor, sortedText(xs)];
        return mix(`${key} ${parts.join(" ")}`, xs.length);
      });
      put(build, input, result, records, false);
    },
  },
  "aggregate each": {
    covers: ["aggregate"],
    make(build, input, name) {
      const { keyOf, text } = randomKey(build.prng);
      const result = input.stream
        .keyBy(`${name} key`, keyOf)
        .aggregate(name, count())
        .map(`${name} text`, (r) => mix(String(r.key), r.value));
      const records = perKey(input.records, text, zero, (_, s, key) => mix(key, ++s.n));
      put(build, input, result, records);
    },
  },
  /** Results at an interval: how many come depends on time, the last of each key does not. */
  "aggregate at an interval": {
    covers: ["aggregate"],
    make(build, input, name) {
      const by = 1 + build.prng.below(6);
      const textOf = (key: number, n: number, t: number) =>
        key * 10 ** 7 + ((mix("", n) + t) % BIG);
      input.isUsed = true;
      input.stream
        .keyBy(`${name} key`, (x) => x % by)
        .aggregate(name, { n: count(), t: sum((x) => x) }, { emit: 1 + build.prng.below(50) })
        .map(`${name} text`, (r) => textOf(r.key, r.n, r.t))
        .sink(`${name} sink`, build.sink());
      const records = [...Map.groupBy(input.records, (x) => x % by)].map(([key, xs]) =>
        textOf(
          key,
          xs.length,
          xs.reduce((a, b) => a + b, 0),
        ),
      );
      build.expected.set(`${name} sink`, { records, as: "last of each" });
    },
  },
  connect: {
    covers: [],
    make(build, input, name) {
      const other = build.prng.pick(build.nodes);
      other.isUsed = true;
      const by = 2 + build.prng.below(7);
      const keys = { a: (x: number) => x % by, b: (x: number) => (x * 7) % by };
      const spec = state((key: Key) => ({ key, a: 0, b: 0 }));
      const both = connect({ a: input.stream, b: other.stream })
        .keyBy(`${name} key`, keys)
        .withState(name, spec, {
          a: (_, s) => mix(`a${String(s.key)}`, ++s.a),
          b: (_, s, ctx) => mix(`b${ctx.key}`, ++s.b),
        });
      const countsOf = (side: "a" | "b", records: readonly number[]) =>
        perKey(
          records,
          (x) => `${side}${keys[side](x)}`,
          zero,
          (_, s, key) => mix(key, ++s.n),
        );
      const fromA = countsOf("a", input.records);
      const fromB = countsOf("b", other.records);
      put(build, input, both, [...fromA, ...fromB], false);
      if (build.prng.below(2) === 0) {
        put(build, input, both.on.a, fromA);
        put(build, { ...other }, both.on.b, fromB);
      }
    },
  },
};
