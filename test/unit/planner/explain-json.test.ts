import { expect, test } from "bun:test";
import type { StepSpec } from "../../../src/model/pipeline.ts";
import { explainJson } from "../../../src/planner/explain-json.ts";
import { plan } from "../../../src/planner/plan.ts";
import { Hand, sink, source, state, wordCount } from "../../support/pipelines.ts";

test("steps and plan are plain data, without functions", () => {
  const { pipeline } = wordCount();
  const made = explainJson(pipeline, plan(pipeline));
  expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  expect(made.steps[0]).toEqual({
    id: 0,
    name: "lines",
    kind: "source",
    at: "app.ts:1",
    inputs: [],
    about: "lines of a socket",
    replays: false,
  });
  expect(made.steps[4]).toMatchObject({ kind: "mapWithState", stateVersion: 2 });
  expect(made.steps[5]).toMatchObject({ delivery: "at-most-once" });
});

test("inputs and fields are told by name", () => {
  const hand = new Hand();
  const fn = (): undefined => undefined;
  const inputs = [{ name: "a", fn }];
  const keys: StepSpec = { kind: "connectKeyBy", keys: inputs };
  const key = hand.add("key", keys, hand.add("in", source()));
  const join = hand.add("join", { kind: "connect", state: state(3), inputs }, [key, 0]);
  hand.add("out", sink(), join);
  const none = { init: fn, add: fn, merge: fn, result: fn };
  const fields = [["n", none] as const, ["", none] as const];
  hand.add("sum", { kind: "aggregate", fields, emit: "each" }, [key, 0]);
  const { steps } = explainJson(hand.pipeline, plan(hand.pipeline));
  expect(steps.map(({ names }) => names)).toEqual([
    undefined,
    ["a"],
    ["a"],
    undefined,
    ["n", "value"],
  ]);
  expect(steps[2]).toMatchObject({ stateVersion: 3 });
});
