import { expect, test } from "bun:test";
import { explainMermaid } from "../../../src/planner/explain-mermaid.ts";
import { plan } from "../../../src/planner/plan.ts";
import { Hand, map, sink, source, wordCount } from "../../support/pipelines.ts";

const drawn = (hand: Hand): string => explainMermaid(hand.pipeline, plan(hand.pipeline));

test("a word count is drawn", () => {
  expect(drawn(wordCount())).toBe(`flowchart LR
  subgraph task0["task 0"]
    s0(["lines<br/>lines of a socket"])
    s1["split<br/>flatMap"]
    s2["trim<br/>filter"]
    s3["word<br/>keyBy"]
    s4[("count<br/>mapWithState")]
    s5(["counts<br/>lines to a socket"])
  end
  s0 --> s1
  s1 --> s2
  s2 --> s3
  s3 -->|"hash"| s4
  s4 --> s5
`);
});

test("signs that Mermaid reads are written as their codes", () => {
  const hand = new Hand();
  const odd = hand.add('say "hi" [x] #quot; `md` <b> 1. é 👍', map, hand.add("in", source()));
  hand.add("out", sink(), odd);
  const line = drawn(hand).split("\n")[3]!.trim();
  expect(line).toBe(
    's1["say #34;hi#34; #91;x#93; #35;quot#59; #96;md#96; #60;b#62; 1#46; é #128077;<br/>map"]',
  );
  const inside = line.slice('s1["'.length, -'"]'.length).replace("<br/>", "");
  expect(inside).not.toMatch(/["`<>[\]{}()]/);
});
