/** Steps that wait for the outside, broadcast state, and sinks of several kinds. */
import { type Diverted, state } from "../../../src/api/mod.ts";
import { memory } from "../../../src/connectors/memory/mod.ts";
import { BIG, type Build, type Maker, mix, type Node, put } from "./build.ts";

const TIMES = 2;
/** No record of a model is as large. */
const WRONG_RULES = 10 ** 9;

/** How many rules an instance has had, and which, whatever their order was. */
interface Rules {
  seen: number;
  sum: number;
}
const noRules = (): Rules => ({ seen: 0, sum: 0 });

function asyncMap(build: Build, input: Node, name: string, isOrdered: boolean): void {
  const { prng, sleep } = build;
  const salt = prng.below(1000);
  // Some are slow enough to be under way at a checkpoint, where that does not take the job long.
  const slowest = prng.pick([0, 3, 30, input.records.length > 150 ? 3 : 900]);
  /** So many attempts of a record fail; above TIMES it is lost. */
  const failsOf = (x: number) => (mix("ask", x + salt) % 3 === 0 ? mix("n", x) % (TIMES + 2) : 0);
  const stream = input.stream.asyncMap(
    name,
    async (x, ctx) => {
      if (slowest > 0) await sleep(prng.below(slowest));
      if (ctx.attempt <= failsOf(x)) throw new Error(`attempt ${ctx.attempt} of ${x} fails`);
      return (x * 7) % BIG;
    },
    {
      ordered: isOrdered,
      concurrency: 1 + prng.below(6),
      retry: { times: TIMES, first: 1, max: 5 },
      onError: "divert",
    },
  );
  const isLost = (x: number) => failsOf(x) > TIMES;
  const kept = input.records.filter((x) => !isLost(x));
  const isListed = isOrdered && input.isOrdered;
  put(
    build,
    input,
    stream,
    kept.map((x) => (x * 7) % BIG),
    isListed,
  );
  const inputOf = (d: Diverted<number>) =>
    d.error.message === `attempt ${TIMES + 1} of ${d.input} fails` ? d.input : -1;
  const diverted = stream.diverted.map(`${name} input`, inputOf);
  put(build, input, diverted, input.records.filter(isLost), isListed);
}

export const WAITING: Readonly<Record<string, Maker>> = {
  "asyncMap in order": {
    covers: ["asyncMap"],
    make: (build, input, name) => asyncMap(build, input, name, true),
  },
  "asyncMap as they come": {
    covers: ["asyncMap"],
    make: (build, input, name) => asyncMap(build, input, name, false),
  },
  /**
   * No order is defined between rules and records. What is: each instance has had some of the
   * rules, once each, and where they come in order, the first of them. A record that finds others
   * says so.
   */
  withBroadcast: {
    covers: ["withBroadcast"],
    make(build, input, name) {
      const other = build.prng.pick(build.nodes);
      other.isUsed = true;
      const sums = [0];
      for (const rule of other.records) sums.push((sums.at(-1)! + mix("", rule)) % BIG);
      const isRight = ({ seen, sum }: Rules): boolean => {
        const isTold = other.isOrdered || seen === 0 || seen === other.records.length;
        return isTold ? sums[seen] === sum : seen < sums.length;
      };
      const stream = input.stream.withBroadcast(name, other.stream, state(noRules), {
        record: (x, rules) =>
          isRight(rules) ? (x % 11 === 0 ? undefined : (x + 3) % BIG) : WRONG_RULES + rules.seen,
        update(rule, rules) {
          rules.seen++;
          rules.sum = (rules.sum + mix("", rule)) % BIG;
        },
      });
      const kept = input.records.filter((x) => x % 11 !== 0);
      const records = kept.map((x) => (x + 3) % BIG);
      put(build, input, stream, records);
    },
  },
  "sink of several connections": {
    covers: ["sink"],
    make(build, input, name) {
      const connections = 2 + build.prng.below(3);
      const by = build.prng.below(2) === 0 ? { by: (x: number) => x % 5 } : {};
      input.isUsed = true;
      input.stream.sink(name, build.sink(), { connections, ...by });
      build.expected.set(name, { records: input.records, as: "multiset" });
    },
  },
  sinkEach: {
    covers: ["sinkEach"],
    make(build, input, name) {
      const count = 1 + build.prng.below(9);
      const targetOf = (x: number) => `target ${x % count}`;
      const got = new Map<string, ReturnType<typeof memory.sink<number>>>();
      const slow = build.prng.below(2) === 0;
      const make = (target: string) => {
        const delay = slow ? () => build.sleep(1) : undefined;
        const one = got.get(target) ?? memory.sink<number>(delay === undefined ? {} : { delay });
        got.set(target, one);
        return one.sink;
      };
      input.isUsed = true;
      const max = 1 + build.prng.below(4);
      input.stream.sinkEach(name, targetOf, make, { max, idle: 1 + build.prng.below(20) });
      const wanted = Map.groupBy(input.records, targetOf);
      build.targets.set(name, { got, wanted, isOrdered: input.isOrdered });
    },
  },
};
