import { expect, test } from "bun:test";
import type { Placement } from "../../../src/model/placement.ts";
import type { SourcePlace } from "../../../src/model/pipeline.ts";
import { shortagesOf } from "../../../src/planner/shortages.ts";

/** Of a source that so many workers of the job read. */
function shortages(on: SourcePlace, workers: readonly string[], readers: number) {
  const placement: Placement = {
    workers: workers.map((name) => ({ name, data: { host: "h", port: 1 }, host: "h" })),
    tasks: [],
    sources: [{ step: 3, instances: Array.from({ length: readers }, (_, i) => i) }],
    sinks: [],
  };
  return shortagesOf({ sources: [{ step: 3, name: "in", on }], sinks: [] }, placement);
}

test("who has what it asked for is not told of", () => {
  expect(shortages("one", ["a"], 1)).toEqual([]);
  expect(shortages("every worker", ["a", "b"], 2)).toEqual([]);
  expect(shortages(2, ["a", "b", "c"], 2)).toEqual([]);
  expect(shortages(["a", "b"], ["a", "b", "c"], 2)).toEqual([]);
});

test("fewer workers than asked for, and names that are not there, are", () => {
  expect(shortages(9, ["a", "b"], 2)).toEqual([
    'source "in" is to be on 9 workers, and the job has 2',
  ]);
  expect(shortages(["x", "a", "y"], ["a", "b"], 1)).toEqual([
    'source "in" is to be on x and a and y, and the job has not x and y',
  ]);
});

test("workers for which there is no key group are counted", () => {
  const named = Array.from({ length: 300 }, (_, i) => ({
    name: `w${i}`,
    data: { host: "h", port: 1 },
    host: "h",
  }));
  const task = { instances: [], groups: Array.from({ length: 256 }, (_, i) => i) };
  const of = (count: number) =>
    shortagesOf(
      { sources: [], sinks: [] },
      { workers: named.slice(0, count), tasks: [task], sources: [], sinks: [] },
    );
  expect(of(256)).toEqual([]);
  expect(of(300)).toEqual(["44 of 300 workers have no keys: there are 256 key groups"]);
});
