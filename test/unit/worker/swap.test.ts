/** Versions of an app that take over from one another, in both forms of the chain. */
import { describe, expect, test } from "bun:test";
import { app, state, type Flow } from "../../../src/api/mod.ts";
import { memory } from "../../../src/connectors/memory/mod.ts";
import { startVersions } from "../../support/swap-app.ts";

const version = (build: (flow: Flow) => void) => app("app", (flow) => build(flow));

describe.each([true, false])("compiled %p", (compiled) => {
  test("state, position and counters go on, and the new function is the one that runs", async () => {
    const feed = memory.feed<string>();
    const out = memory.sink<string>();
    const counting = (word: string) =>
      version((flow) =>
        flow
          .source("in", feed.source)
          .keyBy("key", (key) => key)
          .mapWithState(
            "count",
            state(() => ({ n: 0 })),
            (key, s) => `${word} ${key} ${++s.n}`,
          )
          .sink("out", out.sink),
      );
    await using run = await startVersions(counting("old"), { compiled });
    feed.push("a", "a", "b");
    await run.processed("in", 3);
    const result = await run.swap(counting("new"));
    expect(result.states).toMatchObject([{ step: "count", how: "kept", keys: 2 }]);
    expect([result.sources, result.sinks]).toEqual([
      [{ name: "in", how: "kept" }],
      [{ name: "out", how: "kept" }],
    ]);
    feed.push("a", "b");
    feed.end();
    const { sources, sinks, steps, state: ended } = await run.job.done;
    expect(ended).toBe("finished");
    expect(out.committed).toEqual(["old a 1", "old a 2", "old b 1", "new a 3", "new b 2"]);
    expect([sources[0]!.records, sinks[0]!.records]).toEqual([5, 5]);
    expect(steps.find(({ name }) => name === "count")!.recordsIn).toBe(5);
    expect(run.job.reloads).toBe(1);
  });
});
