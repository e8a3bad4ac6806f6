import { expect, test } from "bun:test";
import {
  checkNotLeft,
  checkOrphans,
  checkSinks,
  checkStates,
} from "../../../src/coordinator/check-fit.ts";
import type { NewJob } from "../../../src/coordinator/job-spec.ts";
import type { Manifest } from "../../../src/model/checkpoint.ts";
import type { StateHeader } from "../../../src/model/state-header.ts";

const state = (step: string, version = 1): StateHeader => {
  const parts = [{ name: "", kind: "value", version, canUpgrade: false }] as const;
  return { step, namespace: "", kind: "value", parts };
};
// What the checks look at.
const kept = (...steps: readonly string[]): Manifest =>
  ({
    epoch: 7,
    keyGroups: 256,
    states: steps.map((one) => state(one)),
    committables: [],
  }) as unknown as Manifest;
const job = (...states: readonly StateHeader[]): NewJob =>
  ({
    job: "a",
    graph: { whole: { keyGroups: 256 }, states, wishes: { sinks: [{ name: "out" }], sources: [] } },
  }) as unknown as NewJob;

test("a version that shrank and other key groups are refused", () => {
  expect(() => checkStates(kept("count"), job(state("count")))).not.toThrow();
  expect(() => checkStates(kept("count"), job(state("count", 2)))).toThrow("has version 2");
  const dealt = { ...kept("count"), keyGroups: 128 };
  expect(() => checkStates(dealt, job(state("count")))).toThrow("its keys are in 128 groups");
});

test("a state that the app does not have is refused, unless it is named", () => {
  const renamed = job(state("tally"));
  for (const check of [checkOrphans, checkNotLeft]) {
    expect(() => check(kept("count"), renamed, [])).toThrow('was it renamed to "tally"?');
    expect(() => check(kept("count"), renamed, ["count"])).not.toThrow();
  }
  // Dropped by an earlier run, or never there.
  expect(() => checkNotLeft(kept("tally"), renamed, ["count"])).not.toThrow();
  expect(() => checkOrphans(kept("tally"), renamed, ["count"])).toThrow("there are: none");
});

test("a sink that may have to commit is wanted", () => {
  const committables = [{ sink: "gone" }, { sink: "out" }] as unknown as Manifest["committables"];
  expect(() => checkSinks({ ...kept(), committables }, job())).toThrow(
    'the app has no sink "gone"',
  );
  expect(() => checkSinks(kept(), job())).not.toThrow();
});
