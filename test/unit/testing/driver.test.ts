/** Simulated time: nothing waits, and the same seed gives the same results. */
import { expect, test } from "bun:test";
import { app, count, memory } from "../../../src/api/mod.ts";
import { Driver } from "../../../src/testing/driver.ts";
import { systemClock } from "../../../src/host/system-clock.ts";
import { SimClock } from "../../../src/testing/sim-clock.ts";
import { testApp, type TestApp } from "../../../src/testing/mod.ts";
import { codeOf } from "../../support/connector-context.ts";
import { graph } from "../../support/test-graphs.ts";

test("aggregates at an interval follow the clock of the test", async () => {
  const counted = graph("counted", (s) =>
    s.keyBy("all", () => "all").aggregate("count", { n: count() }, { emit: "10s" }),
  );
  await using t = await testApp(counted);
  t.feed("in", [1, 2, 3]);
  await t.advance("9s");
  expect(await t.collect("out")).toEqual([]);
  await t.advance("1s");
  expect(await t.collect("out")).toEqual([{ key: "all", n: 3 }]);
  await t.advance("1h");
  expect(await t.collect("out")).toHaveLength(1);
});

/** Enriches by a service of the test. */
function enriched(ask: (n: number, attempt: number) => Promise<number>, isOrdered = true) {
  return graph("enriched", (s) =>
    s.asyncMap("ask", (n, ctx) => ask(n, ctx.attempt), {
      timeout: "5s",
      ordered: isOrdered,
      retry: { times: 2, first: "1m" },
      onError: "skip",
    }),
  );
}

test("waits between attempts are skipped by settle", async () => {
  const attempts: number[] = [];
  await using t = await testApp(
    enriched(async (n, attempt) => {
      attempts.push(attempt);
      if (attempt < 3) throw new Error("try again");
      return n * 10;
    }),
  );
  const begun = t.now;
  t.feed("in", [1, 2]);
  expect(await t.collect("out")).toEqual([10, 20]);
  expect(attempts).toEqual([1, 1, 2, 2, 3, 3]);
  expect(t.now - begun).toBeGreaterThan(10_000);
});

test("a call that hangs is timed out by advance; settle says what it waits for", async () => {
  await using t = await testApp(enriched(() => new Promise(() => undefined)));
  t.feed("in", [1]);
  const told = await t.settle().catch((error: Error) => error.message);
  expect(told).toContain('step "ask" waits for 1 calls');
  expect(told).toContain("advance(");
  await t.advance("5s");
  await t.advance("1h");
  expect(await t.collect("out")).toEqual([]);
  expect(t.status().steps.find(({ name }) => name === "ask")?.failed).toBe(1);
});

test("services of a test are slow in simulated time", async () => {
  const order = async (isOrdered: boolean) => {
    const parts: { t?: TestApp } = {};
    const ask = async (n: number) => {
      await parts.t?.sleep(n);
      return n;
    };
    await using t = await testApp(enriched(ask, isOrdered));
    parts.t = t;
    t.feed("in", [300, 100, 200]);
    return await t.collect<number>("out");
  };
  expect(await order(true)).toEqual([300, 100, 200]);
  expect(await order(false)).toEqual([100, 200, 300]);
});

/** Everything that a run says of itself. */
async function traceOf(seed: number): Promise<string> {
  const two = app("two", (flow) => {
    const a = flow.source("a", memory.source<number>([]));
    const b = flow.source("b", memory.source<number>([]));
    a.merge(b)
      .asyncMap(
        "ask",
        async (n, ctx) => {
          if (ctx.attempt < 3) throw new Error("again");
          return n;
        },
        { retry: { times: 5 }, ordered: false, concurrency: 3 },
      )
      .flatMap("many", (n) => [n, n + 0.25, n + 0.5])
      .sink("out", memory.sink<number>().sink);
  });
  await using t = await testApp(two, { seed, restless: true });
  const numbers = Array.from({ length: 100 }, (_, i) => i);
  t.feed("a", numbers);
  t.feed(
    "b",
    numbers.map((n) => n + 1_000),
  );
  const records = await t.collect<number>("out");
  expect(records.toSorted((x, y) => x - y)).toHaveLength(600);
  return JSON.stringify([records, t.now, t.status()]);
}

test("the same seed gives the same run, another seed another one", async () => {
  const first = await traceOf(1);
  expect(await traceOf(1)).toBe(first);
  expect(await traceOf(2)).not.toBe(first);
});

test("a timer fires only when no promise can go on before it", async () => {
  const clock = new SimClock(0);
  const io = { count: 0 };
  const driver = new Driver(clock, systemClock(), io);
  const notes: string[] = [];
  const slowly = async (text: string) => {
    for (let i = 0; i < 50; i++) await Promise.resolve();
    notes.push(text);
  };
  clock.after(1, () => void slowly("first"));
  clock.after(1, () => void slowly("second"));
  clock.after(2, () => notes.push("timer"));
  await driver.advance(2);
  expect(notes).toEqual(["first", "second", "timer"]);
  expect(await driver.next()).toBe(false);
  expect(await codeOf(driver.until(Promise.reject(new Error("no"))))).toContain("no");
});
