import { expect, test } from "bun:test";
import { graphHash } from "../../../src/planner/graph-hash.ts";
import {
  filter,
  Hand,
  keyBy,
  map,
  mapWith,
  mapWithState,
  merge,
  onError,
  sink,
  source,
  wordCount,
} from "../../support/pipelines.ts";

interface Choice {
  readonly name?: string;
  readonly middle?: typeof map;
  readonly version?: number;
  readonly app?: string;
}

function made({ name = "a", middle = map, version = 1, app = "app" }: Choice = {}): string {
  const hand = new Hand(app);
  const from = hand.add("in", source());
  const key = hand.add("key", keyBy, hand.add(name, middle, from));
  hand.add("out", sink(), hand.add("state", mapWithState(version), key));
  return graphHash(hand.pipeline);
}

test("the hash of a graph is the same each time, and pinned", () => {
  expect(graphHash(wordCount().pipeline)).toBe(graphHash(wordCount().pipeline));
  expect(graphHash(wordCount().pipeline)).toBe("5303735000cbbf5b");
});

test("names, kinds, versions and the app's name count", () => {
  const hashes = [
    made(),
    made({ name: "b" }),
    made({ middle: filter }),
    made({ version: 2 }),
    made({ app: "other" }),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
});

test("the order in which steps are written does not count", () => {
  const twoSinks = (isReversed: boolean): string => {
    const hand = new Hand();
    const from = hand.add("in", source());
    const names = isReversed ? ["b", "a"] : ["a", "b"];
    const ids = Object.fromEntries(names.map((name) => [name, hand.add(name, map, from)]));
    const both = isReversed ? [ids["b"]!, ids["a"]!] : [ids["a"]!, ids["b"]!];
    hand.add("out", sink(), hand.add("", merge, ...both));
    return graphHash(hand.pipeline);
  };
  expect(twoSinks(true)).toBe(twoSinks(false));
});

test("what a merge merges counts", () => {
  const merged = (second: string): string => {
    const hand = new Hand();
    const from = hand.add("in", source());
    const ids = ["a", "b", "c"].map((name) => hand.add(name, map, from));
    const other = second === "b" ? ids[1]! : ids[2]!;
    hand.add("out", sink(), hand.add("", merge, ids[0]!, other));
    hand.add("rest", sink(), hand.add("", merge, ids[1]!, ids[2]!));
    return graphHash(hand.pipeline);
  };
  expect(merged("b")).not.toBe(merged("c"));
});

test("names of side outputs count, and whether records are diverted", () => {
  const hashes = [
    made(),
    made({ middle: mapWith({ sides: ["a"] }) }),
    made({ middle: mapWith({ sides: ["b"] }) }),
    made({ middle: mapWith(onError("divert")) }),
  ];
  expect(new Set(hashes).size).toBe(4);
  expect(made({ middle: mapWith(onError("skip", 1)) })).toBe(made());
});
