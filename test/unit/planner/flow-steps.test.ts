import { expect, test } from "bun:test";
import { app, type Diverted, memory, otherwise } from "../../../src/api/mod.ts";
import { flowSteps } from "../../../src/planner/flow-steps.ts";

test("inputs say which count of the step before is theirs, where one is", async () => {
  const sink = <T>() => memory.sink<T>().sink;
  const made = app("flows", (flow) => {
    const first = flow.source("first", memory.source([1]));
    const second = flow.source("second", memory.source([2]));
    const half = first.merge(second).map("half", (n) => n / 2, { onError: "divert" });
    const { big } = half.branch("size", { big: (n) => n > 9, rest: otherwise });
    big.sink("out", sink<number>());
    half.diverted.sink("bad", sink<Diverted<number>>());
  });
  const steps = flowSteps(await made.build({}));
  const at = (name: string): number => steps.findIndex((step) => step.name === name);
  const of = (name: string) => steps[at(name)]!.inputs;
  expect(of("first")).toEqual([]);
  expect(steps[at("")]!.inputs).toEqual([
    { from: at("first"), count: "out" },
    { from: at("second"), count: "out" },
  ]);
  expect(of("half")).toEqual([{ from: at(""), count: "out" }]);
  expect(of("bad")).toEqual([{ from: at("half"), count: "diverted" }]);
  expect(of("size")).toEqual([{ from: at("half"), count: "out" }]);
  // Both branches are counted together.
  expect(of("out")).toEqual([{ from: at("size"), count: undefined }]);
});
