import { expect, test } from "bun:test";
import {
  type KeptParts,
  leftBehind,
  missingSinks,
  type WantedParts,
} from "../../../src/coordinator/left-behind.ts";
import type { StateHeader, StatePart } from "../../../src/model/state-header.ts";

function header(step: string, ...names: readonly string[]): StateHeader {
  const parts = names.map((name): StatePart => ({
    name,
    kind: "value",
    version: 1,
    canUpgrade: false,
  }));
  return { step, namespace: "", kind: names.length > 1 ? "several" : "value", parts };
}

const position = { split: "0", position: undefined, isDone: false };
const output = { target: undefined, index: 0, pending: 1 };
const kept: KeptParts = {
  states: [header("count", ""), header("many", "a", "b", "c")],
  positions: [
    { ...position, source: "in" },
    { ...position, source: "in", split: "1" },
    { ...position, source: "old" },
  ],
  committables: [
    { ...output, sink: "out" },
    { ...output, sink: "gone" },
    { ...output, sink: "gone", index: 1 },
  ],
};
const wanted = (states: StateHeader[], sources: string[], sinks: string[]): WantedParts => ({
  states,
  wishes: { sources: sources.map((name) => ({ name })), sinks: sinks.map((name) => ({ name })) },
});

test("states and sources that the app does not have any more are named, each once", () => {
  const app = wanted([header("tally", ""), header("many", "a", "c")], ["in", "new"], []);
  expect(leftBehind(kept, app)).toEqual([
    'state "b" of step "many"',
    'the state of step "count", which the app does not have',
    'the place of source "old", which the app does not have',
  ]);
  const same = wanted([header("count", ""), header("many", "a", "b", "c")], ["old", "in"], []);
  expect(leftBehind(kept, same)).toEqual([]);
});

test("sinks with output in the checkpoint that the app does not have are named, each once", () => {
  expect(missingSinks(kept, wanted([], [], ["out"]))).toEqual(["gone"]);
  expect(missingSinks(kept, wanted([], [], ["out", "gone"]))).toEqual([]);
});
