/**
 * Steps whose functions throw, by record, after they have changed half of what they change: state,
 * entries, side outputs, what they yielded. Of a call that failed nothing may be left.
 */
import {
  connect,
  type Diverted,
  type Ending,
  listState,
  mapState,
  retry,
  side,
  state,
  type Stream,
} from "../../../src/api/mod.ts";
import type { Prng } from "../../../src/base/prng.ts";
import { BIG, type Build, type Maker, mix, type Node, perKey, put, randomKey } from "./build.ts";

/** Which records fail, and how often in a row before they succeed. */
interface Failures {
  readonly policy: Ending | ReturnType<typeof retry<"skip" | "divert">>;
  /** Throws for a record that fails, in this call of it. Once per call. */
  readonly maybeThrow: (x: number) => void;
  /** Whether a record fails for good. */
  readonly isLost: (x: number) => boolean;
}

/** Policies skip or divert, with or without attempts after the first. */
function randomFailures(prng: Prng, ending: "skip" | "divert"): Failures {
  const salt = prng.below(1000);
  const retries = prng.below(3) === 0 ? 0 : 1 + prng.below(3);
  const attempts = new Map<number, number>();
  /** 0 for most, then 1, 2, ... calls that fail. */
  const failsOf = (x: number) => (mix("fail", x + salt) % 4 === 0 ? 1 + (mix("n", x) % 4) : 0);
  return {
    policy: retries === 0 ? ending : retry(retries, ending),
    isLost: (x) => failsOf(x) > retries,
    maybeThrow(x) {
      const attempt = (attempts.get(x) ?? 0) + 1;
      const isFailing = attempt <= failsOf(x);
      attempts.set(x, !isFailing || attempt === retries + 1 ? 0 : attempt);
      if (isFailing) throw new Error(`record ${x} fails in call ${attempt}`);
    },
  };
}

const SIDE = { side: { odd: side<number>() } };

/** The lost records are what is diverted, in order. */
function putDiverted(
  build: Build,
  input: Node,
  name: string,
  diverted: Stream<Diverted<number>>,
  lost: readonly number[],
): void {
  const check = (d: Diverted<number>) =>
    d.error.message.startsWith(`record ${d.input} fails`) ? d.input : -1;
  put(build, input, diverted.map(`${name} input`, check), lost);
}

const halfDone = () => ({ first: 0, second: 0 });
const states = () => ({
  one: state(halfDone),
  map: mapState<string, { n: number }>(),
  list: listState<number>(),
});

export const FAILING: Readonly<Record<string, Maker>> = {
  "map that fails": {
    covers: ["map", "filter", "inspect"],
    make(build, input, name) {
      const { policy, maybeThrow, isLost } = randomFailures(build.prng, "divert");
      const options = { ...SIDE, onError: policy as "divert" };
      const stream = input.stream.map(
        name,
        (x, ctx) => {
          ctx.side("odd", x + 1);
          maybeThrow(x);
          return (x * 3) % BIG;
        },
        options,
      );
      const kept = input.records.filter((x) => !isLost(x));
      const results = kept.map((x) => (x * 3) % BIG);
      const lost = input.records.filter(isLost);
      put(
        build,
        input,
        stream.side.odd,
        kept.map((x) => x + 1),
      );
      putDiverted(build, input, name, stream.diverted, lost);
      const second = randomFailures(build.prng, "skip");
      const third = randomFailures(build.prng, "skip");
      const filtered = stream
        .filter(
          `${name} filter`,
          (x) => {
            second.maybeThrow(x);
            return x % 5 !== 0;
          },
          { onError: second.policy },
        )
        .inspect(`${name} inspect`, third.maybeThrow, { onError: third.policy });
      const left = results.filter((x) => !second.isLost(x) && x % 5 !== 0 && !third.isLost(x));
      put(build, input, filtered, left);
    },
  },
  "flatMap that fails": {
    covers: ["flatMap"],
    make(build, input, name) {
      const { policy, maybeThrow, isLost } = randomFailures(build.prng, "divert");
      const options = { ...SIDE, onError: policy as "divert" };
      const stream = input.stream.flatMap(
        name,
        function* (x, ctx) {
          yield x;
          ctx.side("odd", x);
          yield x + 1;
          maybeThrow(x);
          yield x + 2;
        },
        options,
      );
      const kept = input.records.filter((x) => !isLost(x));
      put(
        build,
        input,
        stream,
        kept.flatMap((x) => [x, x + 1, x + 2]),
      );
      put(build, input, stream.side.odd, kept);
      putDiverted(build, input, name, stream.diverted, input.records.filter(isLost));
    },
  },
  "state that fails": {
    covers: ["mapWithState"],
    make(build, input, name) {
      const { keyOf, text } = randomKey(build.prng);
      const { policy, maybeThrow, isLost } = randomFailures(build.prng, "divert");
      const every = 3 + build.prng.below(20);
      const options = { ...SIDE, onError: policy as "divert" };
      const stream = input.stream.keyBy(`${name} key`, keyOf).mapWithState(
        name,
        states(),
        (x, s, ctx) => {
          const entry = s.map.get("entry") ?? { n: 0 };
          s.one.first++;
          entry.n++;
          s.map.set("entry", entry);
          s.map.set(`of ${s.one.first}`, { n: 1 });
          s.list.push(s.one.first);
          if (s.list.length > 3) s.list.shift();
          ctx.side("odd", mix("side", s.one.first));
          // A step may clear what it then does not leave because it fails.
          if (s.one.second + 1 === every) ctx.clear();
          maybeThrow(x);
          s.one.second++;
          const parts = [s.one.first, s.one.second, entry.n, s.map.size, s.list.get(0)];
          return mix(`${String(ctx.key)} ${parts.join(" ")}`, s.list.length);
        },
        options,
      );
      const kept = input.records.filter((x) => !isLost(x));
      const counts = perKey(
        kept,
        text,
        () => ({ n: 0 }),
        (_, s, key, clear) => {
          const n = ++s.n;
          if (n === every) clear();
          return { n, key };
        },
      );
      const results = counts.map(({ n, key }) => {
        const parts = [n, n, n, n + 1, Math.max(1, n - 2)];
        return mix(`${key} ${parts.join(" ")}`, Math.min(n, 3));
      });
      put(build, input, stream, results);
      put(
        build,
        input,
        stream.side.odd,
        counts.map(({ n }) => mix("side", n)),
      );
      putDiverted(build, input, name, stream.diverted, input.records.filter(isLost));
    },
  },
  "flatMapWithState that fails": {
    covers: ["flatMapWithState"],
    make(build, input, name) {
      const { keyOf, text } = randomKey(build.prng);
      const { policy, maybeThrow, isLost } = randomFailures(build.prng, "skip");
      const stream = input.stream.keyBy(`${name} key`, keyOf).flatMapWithState(
        name,
        state(halfDone),
        function* (x, s, ctx) {
          s.first++;
          yield mix(String(ctx.key), s.first);
          maybeThrow(x);
          s.second++;
          yield mix(String(ctx.key), s.second * 7);
        },
        { onError: policy },
      );
      const kept = input.records.filter((x) => !isLost(x));
      const results = perKey(
        kept,
        text,
        () => ({ n: 0 }),
        (_, s, key) => {
          const n = ++s.n;
          return [mix(key, n), mix(key, n * 7)];
        },
      );
      put(build, input, stream, results.flat());
    },
  },
  "connect that fails": {
    covers: [],
    make(build, input, name) {
      const other = build.prng.pick(build.nodes);
      other.isUsed = true;
      const { policy, maybeThrow, isLost } = randomFailures(build.prng, "divert");
      const by = 1 + build.prng.below(5);
      const both = connect({ a: input.stream, b: other.stream })
        .keyBy(`${name} key`, { a: (x) => x % by, b: (x) => x % by })
        .withState(
          name,
          state(() => ({ a: 0, b: 0 })),
          {
            a(x, s, ctx) {
              s.a++;
              maybeThrow(x);
              return mix(`a${ctx.key}`, s.a);
            },
            b(x, s, ctx) {
              s.b++;
              maybeThrow(x);
              return mix(`b${ctx.key}`, s.b);
            },
          },
          { onError: policy as "divert" },
        );
      const countsOf = (from: string, records: readonly number[]) =>
        perKey(
          records.filter((x) => !isLost(x)),
          (x) => `${from}${x % by}`,
          () => ({ n: 0 }),
          (_, s, key) => mix(key, ++s.n),
        );
      const results = [...countsOf("a", input.records), ...countsOf("b", other.records)];
      put(build, input, both, results, false);
      const lost = [...input.records, ...other.records].filter(isLost);
      const isOrdered = false;
      putDiverted(build, { ...input, isOrdered }, name, both.diverted, lost);
      input.isUsed = true;
    },
  },
};
