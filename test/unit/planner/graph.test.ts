import { expect, test } from "bun:test";
import {
  findCycles,
  inputCount,
  isFusable,
  isKeyed,
  kindText,
  outputCount,
  shortText,
  stepText,
  topologicalOrder,
  usesOf,
} from "../../../src/planner/graph.ts";
import { Hand, keyBy, map, merge, sink, source } from "../../support/pipelines.ts";

test("steps are called by name, and merges by kind and place", () => {
  const hand = new Hand();
  const from = hand.add('say "a"', source());
  hand.add("", merge, from, from);
  const [named, unnamed] = [hand.steps[0]!, hand.steps[1]!];
  expect([stepText(named), shortText(named), kindText(named)]).toEqual([
    '"say \\"a\\""',
    'say "a"',
    'source "say \\"a\\""',
  ]);
  expect([stepText(unnamed), shortText(unnamed), kindText(unnamed)]).toEqual([
    "merge (app.ts:2)",
    "merge",
    "merge",
  ]);
});

test("kinds know their inputs and outputs", () => {
  const hand = new Hand();
  hand.add("in", source());
  hand.add("", merge, 0, 0);
  hand.add("key", keyBy, 1);
  hand.add("out", sink(), 2);
  expect(hand.steps.map(inputCount)).toEqual([0, undefined, 1, 1]);
  expect(hand.steps.map(outputCount)).toEqual([1, 1, 1, 0]);
  expect(hand.steps.map(isKeyed)).toEqual([false, false, true, false]);
  expect(hand.steps.map(isFusable)).toEqual([false, false, false, false]);
});

test("uses tell who takes which output", () => {
  const hand = new Hand();
  const from = hand.add("in", source());
  hand.add("", merge, from, from);
  expect(usesOf(hand.pipeline)).toEqual([
    [
      { step: 1, input: 0, output: 0 },
      { step: 1, input: 1, output: 0 },
    ],
    [],
  ]);
});

test("steps written in any order are sorted by what they take from", () => {
  const hand = new Hand();
  hand.add("out", sink(), 2);
  hand.add("in", source());
  hand.add("a", map, 1);
  expect(topologicalOrder(hand.pipeline)).toEqual([1, 2, 0]);
});

test("two cycles that share no step are both found, up to the bound", () => {
  const hand = new Hand();
  hand.add("a", map, 1);
  hand.add("b", map, 0);
  hand.add("c", map, 2);
  hand.add("behind", sink(), 2);
  expect(findCycles(hand.pipeline, 20)).toEqual([[0, 1], [2]]);
  expect(findCycles(hand.pipeline, 1)).toEqual([[0, 1]]);
  expect(topologicalOrder(hand.pipeline)).toEqual([]);
});
