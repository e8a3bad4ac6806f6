/** Texts that are their own keys, on workers over sockets: as many as make exits forget some. */
import { expect, test } from "bun:test";
import { app, state } from "../../src/api/mod.ts";
import { Prng } from "../../src/base/prng.ts";
import { memory } from "../../src/connectors/memory/mod.ts";
import { KNOWN_KEYS_MAX } from "../../src/model/wire-limits.ts";
import { runOnWorkers } from "../support/local-cluster.ts";
import { socketWorkers } from "../support/socket-workers.ts";

/** Fills a book with words that come again, then asks for as many others: it begins anew. */
function streamOf(seed: number): string[] {
  const prng = new Prng(seed);
  const words: string[] = [];
  const old = (): string => `word ${prng.below(KNOWN_KEYS_MAX)}`;
  for (let i = 0; i < KNOWN_KEYS_MAX; i++) words.push(`word ${i}`, "often", "as often");
  for (let i = 0; i < KNOWN_KEYS_MAX; i++) words.push(`new ${i}`, old(), old());
  for (let i = 0; i < 5_000; i++) words.push(prng.pick(["", "ü", "x".repeat(70), `new ${i % 90}`]));
  return words;
}

function resultsOf(words: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return words.map((word) => {
    const count = (counts.get(word) ?? 0) + 1;
    counts.set(word, count);
    return `${word} ${count}`;
  });
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

test.each([2, 3])("words are counted alike on %d workers over sockets", async (count) => {
  const words = streamOf(count);
  const tally = state(() => ({ n: 0 }));
  const counting = app("counting", (flow) => {
    flow
      .source("words", memory.source(words), { on: 1 })
      .keyBy("word", (word) => word)
      .mapWithState("count", tally, (word, s) => `${word} ${++s.n}`)
      .sink("out", memory.sink<string>().sink);
  });
  using workers = await socketWorkers(count);
  const pipeline = await counting.build({});
  const result = await runOnWorkers(pipeline, count, { barriers: 2, ...workers });
  expect(result.errors).toEqual([]);
  const [committed] = Object.values(result.committed);
  const inOrder = (all: readonly unknown[]): unknown[] => all.map(String).sort(compareTexts);
  expect(inOrder(committed!)).toEqual(inOrder(resultsOf(words)));
});
