import { expect, test } from "bun:test";
import { plan } from "../../../src/planner/plan.ts";
import {
  broadcast,
  flatMap,
  Hand,
  map,
  mapWith,
  onError,
  rebalance,
  sink,
  source,
  wordCount,
} from "../../support/pipelines.ts";

test("a word count is one task with one exchange and one fused run", () => {
  const made = plan(wordCount().pipeline);
  expect(made.tasks).toEqual([
    { id: 0, steps: [0, 1, 2, 3, 4, 5], sources: [0], sinks: [5], fused: [[1, 2]] },
  ]);
  expect(made.exchanges).toEqual([
    { from: 3, output: 0, to: 4, input: 0, partitioner: "hash", isLocal: true },
  ]);
  expect(made.workers).toBe(1);
});

test("streams that never meet are tasks of their own", () => {
  const hand = new Hand();
  const a = hand.add("a", source());
  const b = hand.add("b", source());
  hand.add("to b", sink(), b);
  hand.add("to a", sink(), a);
  expect(plan(hand.pipeline).tasks.map(({ steps }) => steps)).toEqual([
    [0, 3],
    [1, 2],
  ]);
});

test("a step that two take from ends its run of fused steps", () => {
  const hand = new Hand();
  const from = hand.add("in", source());
  const both = hand.add("b", flatMap, hand.add("a", map, from));
  hand.add("left", sink(), hand.add("d", map, hand.add("c", map, both)));
  hand.add("right", sink(), hand.add("e", map, both));
  expect(plan(hand.pipeline).tasks[0]!.fused).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test("an exchange has an entry for each of its consumers", () => {
  const hand = new Hand();
  const spread = hand.add("spread", rebalance, hand.add("in", source()));
  hand.add("one", sink(), spread);
  hand.add("two", sink(), spread);
  const made = plan(hand.pipeline);
  expect(made.exchanges.map(({ to, partitioner }) => [to, partitioner])).toEqual([
    [2, "rebalance"],
    [3, "rebalance"],
  ]);
});

test("a stream that goes to a task in two ways has two routes there", () => {
  const hand = new Hand();
  const from = hand.add("in", source());
  hand.add("out", sink(), hand.add("rules", broadcast, from, from));
  const made = plan(hand.pipeline, 2);
  expect(made.routes.map(({ toTask, partitioner }) => [toTask, partitioner])).toEqual([
    [1, "forward"],
    [1, "broadcast"],
  ]);
});

test("a plan is plain data", () => {
  const made = plan(wordCount().pipeline);
  expect(JSON.parse(JSON.stringify(made))).toEqual(made);
});

test("a step that takes a side output begins a run of its own", () => {
  const hand = new Hand();
  const from = hand.add("in", source());
  const risky = hand.add("b", mapWith(onError("divert")), hand.add("a", map, from));
  hand.add("out", sink(), hand.add("d", map, hand.add("c", map, [risky, 1])));
  expect(plan(hand.pipeline).tasks[0]!.fused).toEqual([
    [1, 2],
    [3, 4],
  ]);
});
