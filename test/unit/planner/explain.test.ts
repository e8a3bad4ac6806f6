import { expect, test } from "bun:test";
import type { StepSpec } from "../../../src/model/pipeline.ts";
import { explainText } from "../../../src/planner/explain.ts";
import { plan } from "../../../src/planner/plan.ts";
import { Hand, mapWith, onError, sink, source, state, wordCount } from "../../support/pipelines.ts";

const explained = (hand: Hand): string => explainText(hand.pipeline, plan(hand.pipeline));
const never = (): undefined => undefined;

test("a word count is explained", () => {
  const hash = plan(wordCount().pipeline).graphHash;
  const squeezed = explained(wordCount()).replace(/(?<=\S) {2,}/g, " | ");
  expect(squeezed).toBe(`app word-count, graph ${hash}

Sources
  lines | lines of a socket | time of arrival | app.ts:1

Steps
  split | flatMap | from lines | app.ts:2
  trim | filter | from split | app.ts:3
  word | keyBy | from trim | by hash of the key over 256 key groups, within the task | app.ts:4
  count | mapWithState | from word | state version 2 | app.ts:5

Sinks
  counts | lines to a socket | from count | at-most-once | app.ts:6

Tasks, with 1 worker
  0 | lines, split, trim, word, count, counts
     one function: split + trim

Guarantees
  While the process lives, each record is processed once, in order for each key.
  State is in memory: it ends with the process.
  Source "lines" cannot be read again: what was in flight is lost with the process.
  Sink "counts" is at-most-once: a failure may lose records, or repeat them.
`);
});

test("columns line up", () => {
  const lines = explained(wordCount()).split("\n");
  const kinds = ["flatMap", "filter", "keyBy", "mapWithState"];
  const found = kinds.map((kind) => lines.find((line) => line.includes(kind))!.indexOf(kind));
  expect(new Set(found).size).toBe(1);
});

test("inputs of a connected step are named, with what they share", () => {
  const hand = new Hand();
  const orders = hand.add("orders", source("a", true));
  const quotes = hand.add("quotes", source("b"));
  const inputs = ["order", "quote"].map((name) => ({ name, fn: never }));
  const keys: StepSpec = { kind: "connectKeyBy", keys: inputs };
  const symbol = hand.add("symbol", keys, orders, quotes);
  const spec: StepSpec = { kind: "connect", state: state(), inputs };
  const check = hand.add("check", spec, [symbol, 0], [symbol, 1]);
  hand.add("all", sink("x", "exactly-once"), check);
  hand.add("late", sink("y", "at-least-once"), [check, 2]);
  const text = explained(hand);
  expect(text).toContain(
    "from symbol.order, symbol.quote  state version 1, shared by order, quote",
  );
  expect(text).toContain("from check.quote");
  expect(text).toContain('Source "orders" can be read again');
  expect(text).toContain('Source "quotes" does not say');
  expect(text).toContain('Sink "all" is exactly-once');
  expect(text).toContain('Sink "late" is at-least-once');
});

test("an app without steps between source and sink has no such part", () => {
  const hand = new Hand();
  hand.add("out", sink(), hand.add("in", source()));
  expect(explained(hand)).not.toContain("Steps");
  expect(explained(hand)).not.toContain("State is in memory");
});

test("branches, side outputs and what is diverted are named", () => {
  const hand = new Hand();
  const from = hand.add("in", source());
  const branches = [
    { name: "big", fn: () => true },
    { name: "rest", fn: undefined },
  ];
  const kind = hand.add("kind", { kind: "branch", branches }, from);
  const risky = hand.add("risky", mapWith({ sides: ["odd"], ...onError("divert", 2) }), [kind, 0]);
  hand.add("all", sink(), risky);
  hand.add("odd ones", sink(), [risky, 1]);
  hand.add("bad ones", sink(), [risky, 2]);
  hand.add("others", sink(), [kind, 1]);
  const text = explained(hand);
  expect(text).toMatch(/kind +branch +from in +to the first of big, rest/);
  expect(text).toMatch(/risky +map +from kind\.big +on error 2 retries, then divert/);
  expect(text).toMatch(/odd ones .* from risky\.odd/);
  expect(text).toMatch(/bad ones .* from risky\.diverted/);
  expect(text).toMatch(/others .* from kind\.rest/);
});

test("a sink made by the data says how many targets it opens, and promises what they do", () => {
  const hand = new Hand();
  const input = hand.add("in", source("a"));
  const spec: StepSpec = {
    kind: "sinkEach",
    target: never,
    make: never,
    max: 9,
    idleMs: 1,
  } as never;
  hand.add("out", spec, input);
  const text = explained(hand).replace(/(?<=\S) {2,}/g, " | ");
  expect(text).toContain("out | a sink for each target, 9 open at most | from in | as its targets");
  expect(text).toContain('Sink "out" is what the sinks of its targets are.');
});
