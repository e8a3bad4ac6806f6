import { expect, test } from "bun:test";
import { app, memory, state } from "wallaroo";
import { testCluster } from "../../../src/testing/mod.ts";

const counts = state(() => ({ count: 0 }));

/** Counts words; `slow` waits for the outside. */
const words = app("words", (flow) => {
  flow
    .source("words", memory.source<string>([]))
    .keyBy("by word", (word) => word)
    .mapWithState("count", counts, (word, s) => ({ word, count: ++s.count }))
    .sink("counts", memory.sink<{ word: string; count: number }>().sink);
});

const fed = ["a", "b", "a", "c", "b", "a", "d", "e", "f", "a"];
const wanted = [
  ["a", [1, 2, 3, 4]],
  ["b", [1, 2]],
  ["c", [1]],
  ["d", [1]],
  ["e", [1]],
  ["f", [1]],
];

/** The counts of each word, in the order in which they came. */
function byWord(records: readonly { word: string; count: number }[]): unknown {
  const found = new Map<string, number[]>();
  for (const { word, count } of records) found.set(word, [...(found.get(word) ?? []), count]);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

type Count = { word: string; count: number };

test.each([1, 2, 3, 7])("an app gives the same on %d workers", async (workers) => {
  await using cluster = await testCluster(words, { workers, seed: workers });
  cluster.feed("words", fed.slice(0, 4));
  expect(await cluster.collect("counts")).toHaveLength(4);
  cluster.feed("words", fed.slice(4));
  expect(byWord(await cluster.committed<Count>("counts"))).toEqual(wanted);
  expect(cluster.status().cluster.workers).toHaveLength(workers);
  cluster.end();
  await cluster.settle();
  const { state: ended, sinks } = cluster.status();
  expect([ended, sinks[0]?.records]).toEqual(["finished", fed.length]);
});

test("what is cut off arrives when it is healed, once and in order", async () => {
  await using cluster = await testCluster(words, { workers: 3, seed: 5, restless: true });
  for (const at of [0, 3, 6]) {
    cluster.partition("w1", "w2");
    cluster.partition("w2", "w3");
    cluster.feed("words", fed.slice(at, at === 6 ? 10 : at + 3));
    await cluster.advance("3s");
    cluster.heal();
    await cluster.settle();
  }
  expect(byWord(await cluster.collect<Count>("counts"))).toEqual(wanted);
  expect(cluster.status().cluster.restarts).toBe(0);
});

test("a worker that dies costs nothing, and the job goes on without it", async () => {
  await using cluster = await testCluster(words, { workers: 3, seed: 1 });
  cluster.feed("words", ["a", "a"]);
  expect(await cluster.collect<Count>("counts")).toHaveLength(2);
  cluster.kill("w2");
  await cluster.advance("10s");
  cluster.feed("words", ["a"]);
  const all = await cluster.collect<Count>("counts");
  expect(all.map(({ count }) => count)).toEqual([1, 2, 3]);
  const { restarts, workers, lastEnd } = cluster.status().cluster;
  expect([restarts, workers]).toEqual([1, ["w1", "w3"]]);
  expect(lastEnd).toContain("w2");
  await cluster.restart("w2");
  await cluster.advance("5s");
  expect(cluster.logs.filter(({ text }) => text === "joined")).toHaveLength(4);
});

test("with troubles between workers all arrives, once and in order", async () => {
  for (let seed = 1; seed <= 5; seed++) {
    await using cluster = await testCluster(words, { workers: 3, seed, faults: true });
    for (const word of fed) {
      cluster.feed("words", [word]);
      await cluster.advance("500ms");
    }
    expect(byWord(await cluster.collect<Count>("counts"))).toEqual(wanted);
    expect(cluster.status().cluster.restarts).toBe(0);
  }
});

test("while its coordinator is dead a job runs on", async () => {
  await using cluster = await testCluster(words, { workers: 2 });
  cluster.kill("coordinator");
  expect(() => cluster.status()).toThrow("the coordinator is dead");
  cluster.feed("words", ["a"]);
  await cluster.restart("coordinator");
  await cluster.advance("10s");
  expect((await cluster.collect<Count>("counts")).at(-1)).toMatchObject({ word: "a" });
});

test("the same seed gives the same run", async () => {
  const run = async (): Promise<unknown> => {
    await using cluster = await testCluster(words, { workers: 3, seed: 9, restless: true });
    cluster.feed("words", fed);
    const records = await cluster.collect("counts");
    return [records, cluster.now, cluster.logs.map(({ text, time }) => `${time} ${text}`)];
  };
  expect(await run()).toEqual(await run());
});

test("what a function throws ends the job, and is told once", async () => {
  const fails = app("fails", (flow) => {
    flow
      .source("in", memory.source<number>([]))
      .map("divide", (x: number) => {
        if (x === 0) throw new Error("by zero");
        return 1 / x;
      })
      .sink("out", memory.sink<number>().sink);
  });
  await using cluster = await testCluster(fails, { workers: 2 });
  cluster.feed("in", [1, 0]);
  const told = await cluster.settle().catch((error: Error) => error.message);
  expect(told).toContain('step "divide"');
  expect(told).toContain("by zero");
});

test.each([0, 65, 1.5])("a cluster of %d workers is refused with what to do", async (workers) => {
  const told = await testCluster(words, { workers }).catch((error: Error) => error.message);
  expect(told).toBe(`testCluster: workers is ${workers}: a whole number from 1 to 64`);
});

test("names that are not there are told", async () => {
  await using cluster = await testCluster(words, { workers: 2 });
  expect(() => cluster.kill("w3")).toThrow(
    'the app has no member "w3" (it has: coordinator, w1, w2)',
  );
  expect(() => cluster.partition("w1", "w1")).toThrow('"w1" twice');
  expect(() => cluster.kill("w1")).not.toThrow();
  expect(() => cluster.kill("w1")).toThrow("w1 is dead already");
  await expect(cluster.restart("w2")).rejects.toThrow("w2 was not killed");
});
