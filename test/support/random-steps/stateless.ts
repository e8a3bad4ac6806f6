/** Steps without state. */
import { otherwise } from "../../../src/api/mod.ts";
import { BIG, type Maker, put, RECORDS_MAX } from "./build.ts";

export const STATELESS: Readonly<Record<string, Maker>> = {
  map: {
    covers: ["map"],
    make(build, input, name) {
      const a = 1 + build.prng.below(9);
      const drop = 2 + build.prng.below(9);
      const fn = (x: number) => (x % drop === 0 ? undefined : (x * a + 1) % BIG);
      const records = input.records.map(fn).filter((x) => x !== undefined);
      put(build, input, input.stream.map(name, fn), records);
    },
  },
  filter: {
    covers: ["filter"],
    make(build, input, name) {
      const by = 2 + build.prng.below(5);
      const fn = (x: number) => x % by !== 0;
      put(build, input, input.stream.filter(name, fn), input.records.filter(fn));
    },
  },
  inspect: {
    covers: ["inspect"],
    make(build, input, name) {
      const seen: number[] = [];
      const stream = input.stream.inspect(name, (x) => void seen.push(x));
      put(build, input, stream, input.records);
    },
  },
  flatMap: {
    covers: ["flatMap"],
    make(build, input, name) {
      const isLazy = build.prng.below(2) === 0;
      const large = build.prng.below(4) === 0 ? 200 : 5;
      const fn = (x: number) => Array.from({ length: x % large }, (_, i) => (x + i) % BIG);
      const lazy = function* (x: number) {
        yield* fn(x);
      };
      const records = input.records.flatMap(fn);
      if (records.length > RECORDS_MAX) return;
      put(build, input, input.stream.flatMap(name, isLazy ? lazy : fn), records);
    },
  },
  merge: {
    covers: ["merge"],
    make(build, input) {
      const other = build.prng.pick(build.nodes);
      if (input.records.length + other.records.length > RECORDS_MAX) return;
      other.isUsed = true;
      const records = [...input.records, ...other.records];
      put(build, input, input.stream.merge(other.stream), records, false);
    },
  },
  rebalance: {
    covers: ["rebalance"],
    make(build, input, name) {
      put(build, input, input.stream.rebalance(name), input.records);
    },
  },
  fragment: {
    covers: ["to"],
    make(build, input, name) {
      const stream = input.stream.to(name, (s) =>
        s.map("in", (x) => x + 1).map("out", (x) => x + 1),
      );
      const records = input.records.map((x) => x + 2);
      put(build, input, stream, records);
    },
  },
  branch: {
    covers: ["branch"],
    make(build, input, name) {
      const by = 2 + build.prng.below(4);
      const isThird = (x: number) => x % by === 0;
      const isOdd = (x: number) => x % 2 === 1;
      const { third, odd, rest } = input.stream.branch(name, {
        third: isThird,
        odd: isOdd,
        rest: otherwise,
      });
      const left = input.records.filter((x) => !isThird(x));
      put(build, input, third, input.records.filter(isThird));
      put(build, input, odd, left.filter(isOdd));
      put(
        build,
        input,
        rest,
        left.filter((x) => !isOdd(x)),
      );
    },
  },
  forward: {
    covers: ["from"],
    make(build, input, name) {
      const later = build.flow.forward<number>(name);
      const stream = later.map(`${name} behind`, (x) => (x + 5) % BIG);
      later.from(input.stream);
      const records = input.records.map((x) => (x + 5) % BIG);
      put(build, input, stream, records);
    },
  },
};
