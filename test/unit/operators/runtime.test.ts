import { expect, test } from "bun:test";
import { app, generator, state, stdout, utf8 } from "../../../src/api/mod.ts";
import type { Key } from "../../../src/model/key.ts";
import type { Step } from "../../../src/model/pipeline.ts";
import { runPipeline } from "../../support/run-app.ts";

test.each([true, false])(
  "who looks at a sink is told the key of each record in its order (compiled: %p)",
  async (compiled) => {
    const made = app("app", (flow) => {
      flow
        .source("in", generator({ make: (i) => i, count: 7 }))
        .keyBy("key", (i) => i % 3)
        .flatMapWithState(
          "more",
          state(() => ({ n: 0 })),
          (i) => Array.from({ length: 3 }, () => i),
        )
        .filter("odd", (i) => i % 2 === 1)
        .map("text", String)
        .sink("out", stdout({ encode: utf8 }));
    });
    const pipeline = await made.build({});
    const keyedBy = pipeline.steps.find(({ name }) => name === "key")!.id;
    const keys: Key[] = [];
    const steps = pipeline.steps.map((step): Step => {
      const { spec } = step;
      if (spec.kind !== "sink") return step;
      return { ...step, spec: { ...spec, tap: { keyedBy, see: (key) => void keys.push(key) } } };
    });
    const { sinks } = await runPipeline({ ...pipeline, steps }, { compiled });
    expect(sinks["out"]).toEqual(["1", "1", "1", "3", "3", "3", "5", "5", "5"]);
    expect(keys).toEqual([1, 1, 1, 0, 0, 0, 2, 2, 2]);
  },
);
