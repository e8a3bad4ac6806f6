import { expect, test } from "bun:test";
import { WallarooError } from "../../../src/base/errors.ts";
import { findProblems, validate } from "../../../src/planner/validate.ts";
import {
  collect,
  filter,
  forward,
  Hand,
  inspect,
  keyBy,
  map,
  mapWithState,
  merge,
  sink,
  source,
  state,
  wordCount,
} from "../../support/pipelines.ts";

const problems = (hand: Hand): string[] => [...findProblems(hand.pipeline)];
const never = (): undefined => undefined;

/** A source, whatever is added, and a sink. */
function between(add: (hand: Hand, from: number) => number): Hand {
  const hand = new Hand();
  const from = hand.add("in", source());
  hand.add("out", sink(), add(hand, from));
  return hand;
}

test("a word count has no problem", () => {
  expect(problems(wordCount())).toEqual([]);
  expect(() => validate(wordCount().pipeline)).not.toThrow();
});

test("two steps of one name are told with both places", () => {
  const hand = between((h, from) => h.add("same", map, h.add("same", map, from)));
  expect(problems(hand)).toEqual([
    'two steps are called "same" (app.ts:2 and app.ts:3): rename one',
  ]);
});

test.each([
  ["", "is empty"],
  ["x".repeat(101), "has 101 characters, limit 100"],
  ["a\u0000b", "cannot be printed"],
  ["a\u202eb", "cannot be printed"],
  ["a\nb", "cannot be printed"],
  ["e\u0301", "is not NFC"],
  [" a", "space"],
  ["a/", 'has a "/" that separates nothing'],
  ["/a", 'has a "/" that separates nothing'],
  ["a//b", 'has a "/" that separates nothing'],
])("the name %j is refused", (name, why) => {
  const found = problems(between((hand, from) => hand.add(name, map, from)));
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(why);
  expect(found[0]).toContain("app.ts:2");
});

const goodNames = ["a", "x".repeat(100), "left/a", "a/b/c", 'größer [1] "x"', "家族 👨‍👩‍👧", "é"];

test.each(goodNames)("the name %j is taken", (name) => {
  expect(problems(between((hand, from) => hand.add(name, map, from)))).toEqual([]);
});

test("merges have no name, and two of them do not clash", () => {
  const hand = between((h, from) => {
    const one = h.add("", merge, from, h.add("a", map, from));
    return h.add("", merge, one, h.add("b", map, from));
  });
  expect(problems(hand)).toEqual([]);
});

test("a stream that goes nowhere is told by name and place", () => {
  const hand = between((h, from) => {
    h.add("lost", inspect, from);
    return from;
  });
  expect(problems(hand)).toEqual([
    'the stream after inspect "lost" goes nowhere (app.ts:2): end it with .sink("name", ...), or ' +
      "remove it",
  ]);
});

test("outputs of connect may be left alone when another is used", () => {
  const hand = new Hand();
  const a = hand.add("a", source());
  const b = hand.add("b", source());
  const key = { name: "a", fn: never };
  const keys = hand.add("key", { kind: "connectKeyBy", keys: [key, { ...key, name: "b" }] }, a, b);
  const inputs = [
    { name: "a", fn: never },
    { name: "b", fn: never },
  ];
  const both = hand.add("both", { kind: "connect", state: state(), inputs }, [keys, 0], [keys, 1]);
  expect(problems(hand).some((line) => line.includes('connect "both" goes nowhere'))).toBeTrue();
  hand.add("out", sink(), [both, 2]);
  expect(problems(hand)).toEqual([]);
});

test("an app without source and sink is told so", () => {
  const found = problems(new Hand());
  expect(found).toEqual([
    'it has no source: begin with flow.source("name", ...)',
    'it has no sink: end with .sink("name", ...)',
  ]);
});

test("a forward that was never given its stream is told, once", () => {
  const hand = between((h, from) => {
    h.add("later", forward);
    return from;
  });
  expect(problems(hand)).toEqual([
    'forward "later" was never given its stream (app.ts:2): give it one, or remove it',
  ]);
});

test("a cycle is told by its path", () => {
  const hand = new Hand();
  const from = hand.add("in", source());
  const loop = hand.add("loop", forward);
  const joined = hand.add("", merge, from, loop);
  const again = hand.add("again", map, joined);
  hand.steps[loop]!.inputs = [{ from: again, output: 0 }];
  hand.add("out", sink(), again);
  expect(problems(hand)).toEqual([
    "loop -> merge -> again -> loop: cycles are not supported; send what must go round out by a " +
      "sink and in again by a source (app.ts:2)",
  ]);
});

test("a step that takes from itself is a cycle", () => {
  const hand = between((h, from) => h.add("a", map, from));
  hand.steps[1]!.inputs = [{ from: 1, output: 0 }];
  expect(problems(hand)[0]).toStartWith("the stream after source");
  expect(problems(hand)[1]).toStartWith("a -> a: cycles are not supported");
});

test("edges to outputs that do not exist are told", () => {
  const hand = between((h, from) => h.add("a", map, [from, 1]));
  expect(problems(hand)).toEqual(['"a" takes output 1 of "in", which has 0 to 0 (app.ts:2)']);
  const after = between((h, from) => h.add("b", map, h.add("end", sink(), from)));
  expect(problems(after)).toEqual(['"b" takes output 0 of "end", which has none (app.ts:3)']);
});

test("edges to steps that do not exist are told", () => {
  const hand = between((h, from) => h.add("", merge, from, 99));
  expect(problems(hand)).toEqual([
    "merge (app.ts:2) takes from step 99, which does not exist (app.ts:2)",
  ]);
});

test("the number of inputs must be that of the kind", () => {
  const hand = between((h, from) => h.add("a", map, from, from));
  expect(problems(hand)).toEqual(['map "a" has 2 inputs, it takes 1 (app.ts:2)']);
});

test("state wants a key just before it", () => {
  const hand = between((h, from) => h.add("state", mapWithState(), h.add("no", filter, from)));
  expect(problems(hand)).toEqual([
    'mapWithState "state" keeps state and takes from "no", which has no key (app.ts:3): put ' +
      '.keyBy("name", ...) or .collect("name") between them',
  ]);
  for (const keyed of [keyBy, collect]) {
    const fine = between((h, from) => h.add("state", mapWithState(), h.add("key", keyed, from)));
    expect(problems(fine)).toEqual([]);
  }
});

test.each(["Upper", "9lives", "", "a".repeat(64), "a b"])("the app name %j is refused", (name) => {
  const hand = new Hand(name);
  hand.add("out", sink(), hand.add("in", source()));
  expect(problems(hand)).toHaveLength(1);
  expect(problems(hand)[0]).toContain("the app's name");
});

test("all problems come in one error, at most 20 lines and the number of the rest", () => {
  const hand = between((h, from) => {
    for (let i = 0; i < 30; i++) h.add(`lost ${i}`, map, from);
    return from;
  });
  const error = thrown(() => validate(hand.pipeline));
  expect(error.code).toBe("bad_pipeline");
  expect(error.domain).toBe("user");
  const lines = error.message.split("\n");
  expect(lines[0]).toBe('app "hand-made" has 30 problems:');
  expect(lines).toHaveLength(22);
  expect(lines[21]).toBe("  and 10 more");
});

test("more steps than the limit are refused before anything else is looked at", () => {
  const hand = new Hand();
  let last = hand.add("in", source());
  for (let i = 0; i < 10_000; i++) last = hand.add(`step ${i}`, map, last);
  expect(problems(hand)).toEqual(["10001 steps, limit 10000: split the app into several"]);
});

function thrown(run: () => void): WallarooError {
  try {
    run();
  } catch (error) {
    if (error instanceof WallarooError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
