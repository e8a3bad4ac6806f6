import { expect, test } from "bun:test";
import { reloadedFacts, reloadedText } from "../../../src/cli/reload-text.ts";
import type { Reloaded } from "../../../src/host/reloader.ts";

type Result = Reloaded["result"];

function reloaded(result: Partial<Result>): Reloaded {
  const none = { states: [], sources: [], sinks: [], calls: 0, callsDone: Promise.resolve() };
  return { ms: 83.6, version: "abc", result: { ms: 5, pauseMs: 2, ...none, ...result } };
}

const state = (step: string, how: Result["states"][number]["how"], keys: number) => ({
  step,
  namespace: "",
  how,
  keys,
  parts: [],
});

test("a reload is told with its time and what became of each state", () => {
  expect(reloadedText(reloaded({}))).toBe("app reloaded in 84 ms\n");
  const states = [
    state("count", "kept", 12_034),
    state("fresh", "new", 0),
    state("old", "dropped", 1),
  ];
  expect(reloadedText(reloaded({ states }))).toBe(
    'app reloaded in 84 ms: step "count" kept 12,034 keys; step "fresh" is new and begins empty; ' +
      'step "old" dropped (1 key)\n',
  );
});

test("upgrades, fields that begin anew, ends that are not kept and calls are told", () => {
  const upgraded = { name: "", how: "upgraded", from: 1, to: 3 } as const;
  const begun = { name: "most", how: "begun", from: 0, to: 1 } as const;
  const kept = { name: "n", how: "kept", from: 1, to: 1 } as const;
  const gone = { name: "least", how: "dropped", from: 1, to: 0 } as const;
  const text = reloadedText(
    reloaded({
      states: [
        { ...state("a", "changed", 2), parts: [upgraded] },
        { ...state("b", "changed", 2), parts: [kept, begun, gone] },
      ],
      sources: [
        { name: "in", how: "kept" },
        { name: "file", how: "moved" },
      ],
      sinks: [{ name: "out", how: "replaced" }],
      calls: 2,
    }),
  );
  expect(text).toBe(
    'app reloaded in 84 ms: step "a" kept 2 keys, upgraded from version 1 to 3; step "b" kept 2 ' +
      'keys, "most" begins anew, "least" dropped; source "file" goes on from its position; sink ' +
      '"out" opened anew; 2 calls under way went over\n',
  );
});

test("programs get the same as plain data", () => {
  const facts = reloadedFacts(reloaded({ states: [state("count", "kept", 3)] }));
  expect(JSON.parse(JSON.stringify(facts))).toEqual({
    type: "reloaded",
    ms: 83.6,
    pauseMs: 2,
    version: "abc",
    states: [state("count", "kept", 3)],
    sources: [],
    sinks: [],
    calls: 0,
  });
});
