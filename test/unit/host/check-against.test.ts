import { expect, test } from "bun:test";
import { app, count, memory, state } from "../../../src/api/mod.ts";
import { checkAgainst } from "../../../src/host/check-against.ts";
import type { Manifest } from "../../../src/model/checkpoint.ts";
import { stateHeaders } from "../../../src/model/state-header.ts";

async function pipelineOf(step: string, version: number, source = "in") {
  const n = state(() => ({ n: 0 }), { version, upgrade: (old: unknown) => old as { n: number } });
  const states = version === 1 ? { n, old: state(() => ({})) } : { n, more: state(() => ({})) };
  return app("test", (flow) => {
    flow
      .source(source, memory.source([1, 2]))
      .keyBy("key", (one) => one)
      .mapWithState(step, states, (one, s) => one + s.n.n)
      .keyBy("again", (one) => one)
      .aggregate("sums", { count: count() })
      .sink("out", memory.sink().sink);
  }).build({});
}

async function kept(more: Partial<Manifest> = {}): Promise<Manifest> {
  const pipeline = await pipelineOf("total", 1);
  return {
    epoch: 3,
    generation: { leaderEpoch: 1, attempt: 1 },
    app: "test",
    graphHash: "ab",
    keyGroups: 256,
    at: 0,
    tookMs: 0,
    isFinal: false,
    tasks: [],
    positions: [{ source: "in", split: "0", position: null }],
    committables: [],
    ...more,
    states: stateHeaders(pipeline),
  } as Manifest; // What it compares is there.
}

test("the same app keeps all", async () => {
  const { states, problems, notes } = checkAgainst(await pipelineOf("total", 1), await kept());
  expect(states.map(({ state: name, fate }) => [name, fate])).toEqual([
    ["total/n", "kept"],
    ["total/old", "kept"],
    ["sums/count", "kept"],
  ]);
  expect([problems, notes]).toEqual([[], []]);
});

test("parts are upgraded, begun and dropped; a drop has to be said", async () => {
  const { states, problems } = checkAgainst(await pipelineOf("total", 2), await kept());
  expect(states).toContainEqual({ state: "total/n", fate: "upgraded", from: 1, to: 2 });
  expect(states).toContainEqual({ state: "total/more", fate: "new", from: 0, to: 1 });
  expect(states).toContainEqual({ state: "total/old", fate: "dropped", from: 1, to: 0 });
  expect(problems).toEqual([expect.stringContaining('"total/old"')]);
});

test("a source that is gone is a note; output to commit and other groups refuse", async () => {
  const committables = [{ sink: "gone", writer: "w", epoch: 3, data: null }];
  const other = await kept({ keyGroups: 128, committables: committables as unknown as [] });
  const { problems, notes } = checkAgainst(await pipelineOf("total", 1, "input"), other);
  expect(notes).toEqual(['the place of source "in", which the app does not have']);
  expect(problems).toEqual([
    expect.stringContaining("128 groups"),
    expect.stringContaining('output of sink "gone"'),
  ]);
  for (const output of ["committed", "left"] as const) {
    const known = checkAgainst(await pipelineOf("total", 1), other, { output });
    expect(known.problems).toEqual([expect.stringContaining("128 groups")]);
    const told = expect.stringMatching(/^output of sink "gone", .* may not be committed/);
    expect(known.notes).toEqual(output === "left" ? [told] : []);
  }
});
