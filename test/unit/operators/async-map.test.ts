/** Steps that wait for the outside: how many calls at a time, in what order, and what may go on. */
import { expect, test } from "bun:test";
import { app, memory, type Stream } from "../../../src/api/mod.ts";
import { testApp } from "../../../src/testing/mod.ts";

const none = memory.sink<never>().sink;
const NUMBERS = Array.from({ length: 100 }, (_, i) => i);

function graph(build: (stream: Stream<number>) => Stream<number>) {
  return app("waiting", (flow) => {
    build(flow.source("in", memory.source<number>([]))).sink("out", none);
  });
}

/** A service that counts the calls under way; answers come when the test lets them. */
function service() {
  const waiting: (() => void)[] = [];
  const counts = { now: 0, most: 0 };
  const ask = async (n: number): Promise<number> => {
    counts.most = Math.max(counts.most, ++counts.now);
    await new Promise<void>((resolve) => waiting.push(resolve));
    counts.now--;
    return n;
  };
  const answerAll = () => waiting.splice(0).forEach((resolve) => resolve());
  return { ask, answerAll, counts };
}

test.each([true, false])(
  "more records than calls allowed all pass: ordered %p",
  async (ordered) => {
    for (const restless of [true, false]) {
      const { ask, answerAll, counts } = service();
      const calls = { concurrency: 3, ordered };
      await using t = await testApp(
        graph((s) => s.asyncMap("ask", ask, calls)),
        { restless },
      );
      t.feed("in", NUMBERS);
      for (let i = 0; i < 40; i++) {
        await t.advance(1);
        answerAll();
      }
      expect(await t.collect<number>("out")).toEqual(NUMBERS);
      expect(counts.most).toBe(3);
    }
  },
);

test("many outputs before a full step wait, and do not gather in it", async () => {
  const { ask, answerAll } = service();
  let made = 0;
  const lazily = function* (n: number) {
    for (let i = 0; i < 1_000; i++) {
      made++;
      yield n * 1_000 + i;
    }
  };
  const chain = graph((s) => s.flatMap("many", lazily).asyncMap("ask", ask, { concurrency: 10 }));
  await using t = await testApp(chain);
  t.feed("in", [0, 1]);
  await t.advance(1);
  expect(made).toBeLessThan(15);
  while (made < 2_000) {
    answerAll();
    await t.advance(1);
  }
  answerAll();
  expect(await t.collect<number>("out")).toEqual(Array.from({ length: 2_000 }, (_, i) => i));
});

test("two full steps, one behind the other, give each other room", async () => {
  const first = service();
  const second = service();
  const chain = graph((s) =>
    s
      .asyncMap("first", first.ask, { concurrency: 4 })
      .asyncMap("second", second.ask, { concurrency: 1 }),
  );
  await using t = await testApp(chain, { restless: true });
  t.feed("in", NUMBERS.slice(0, 20));
  t.end();
  for (let i = 0; i < 40; i++) {
    first.answerAll();
    second.answerAll();
    await t.advance(1);
  }
  expect(await t.collect<number>("out")).toEqual(NUMBERS.slice(0, 20));
  expect(second.counts.most).toBe(1);
  expect(t.status().state).toBe("finished");
});

test("commits go on while all calls allowed are under way", async () => {
  const { ask, answerAll } = service();
  await using t = await testApp(graph((s) => s.asyncMap("ask", ask, { concurrency: 1 })));
  t.feed("in", [1, 2]);
  await t.advance("3s");
  expect(t.status().epoch).toBeGreaterThan(1);
  answerAll();
  await t.advance("1s");
  answerAll();
  expect(await t.collect<number>("out")).toEqual([1, 2]);
});
