import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Aggregation } from "../../../src/model/aggregation.ts";
import { collect, count, max, mean, min, sum } from "../../../src/window/builtin.ts";

const id = (n: number): number => n;

function fold<A, O>(one: Aggregation<number, A, O>, records: readonly number[]): A {
  let acc = one.init();
  for (const record of records) acc = one.add(acc, record) ?? acc;
  return acc;
}

const aggregations = [
  ["count", count<number>(), (all: number[]) => all.length],
  ["sum", sum(id), (all: number[]) => all.reduce((a, b) => a + b, 0)],
  ["mean", mean(id), (all: number[]) => all.reduce((a, b) => a + b, 0) / all.length],
  ["min", min(id), (all: number[]) => Math.min(...all)],
  ["max", max(id), (all: number[]) => Math.max(...all)],
  ["collect", collect(id, 5), (all: number[]) => all.slice(0, 5)],
] as const;

describe.each(aggregations)("%s", (_, one, model) => {
  const aggregation = one as Aggregation<number, unknown, unknown>;
  const integers = fc.array(fc.integer({ min: -1e6, max: 1e6 }));

  test("gives what its definition gives, also of no records", () => {
    fc.assert(
      fc.property(integers, (records) => {
        expect(aggregation.result(fold(aggregation, records))).toEqual(model(records));
      }),
    );
  });

  test("of two halves merged is that of the whole", () => {
    fc.assert(
      fc.property(integers, integers, (left, right) => {
        const into = fold(aggregation, left);
        const merged = aggregation.merge(into, fold(aggregation, right)) ?? into;
        expect(aggregation.result(merged)).toEqual(model([...left, ...right]));
      }),
    );
  });
});

test("the result of collect is not changed by later records", () => {
  const one = collect(id, 10);
  const acc = fold(one, [1]);
  const result = one.result(acc);
  one.add(acc, 2);
  expect(result).toEqual([1]);
});
