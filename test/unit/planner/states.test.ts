import { expect, test } from "bun:test";
import {
  aggregation,
  app,
  count,
  listState,
  mapState,
  memory,
  state,
} from "../../../src/api/mod.ts";
import { statesOf } from "../../../src/planner/states.ts";
import { wordCount } from "../../support/pipelines.ts";

test("a state is found by its step, with kind and version", () => {
  expect(statesOf(wordCount().pipeline)).toEqual([
    { step: "count", part: "", kind: "value", version: 2 },
  ]);
});

test("parts, aggregates and ttl are told one by one; other steps have none", async () => {
  const longest = aggregation({
    init: () => ({ n: 0 }),
    add: (acc, word: string) => void (acc.n = Math.max(acc.n, word.length)),
    merge: (a, b) => void (a.n = Math.max(a.n, b.n)),
    result: (acc) => acc.n,
    version: 3,
  });
  const made = app("states", (flow) => {
    const words = flow.source("words", memory.source(["a"])).keyBy("word", (word) => word);
    words
      .mapWithState(
        "seen",
        {
          last: state(() => ({ at: 0 }), { ttl: { after: "1h" } }),
          all: mapState<string, number>(),
          l: listState<string>(),
        },
        (word) => word,
      )
      .sink("out", memory.sink<string>().sink);
    words.aggregate("sums", { n: count(), longest }).sink("sums out", memory.sink<unknown>().sink);
  });
  expect(statesOf(await made.build({}))).toEqual([
    {
      step: "seen",
      part: "last",
      kind: "value",
      version: 1,
      ttl: { afterMs: 3_600_000, time: "processing" },
    },
    { step: "seen", part: "all", kind: "map", version: 1 },
    { step: "seen", part: "l", kind: "list", version: 1 },
    { step: "sums", part: "n", kind: "aggregate", version: 1 },
    { step: "sums", part: "longest", kind: "aggregate", version: 3 },
  ]);
});
