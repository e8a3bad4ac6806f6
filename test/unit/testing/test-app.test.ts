/** What users see of `wallaroo/testing`. */
import { describe, expect, test } from "bun:test";
import {
  app,
  count,
  generator,
  memory,
  retry,
  side,
  state,
  text,
  options,
} from "../../../src/api/mod.ts";
import { testApp } from "../../../src/testing/mod.ts";
import { codeOf } from "../../support/connector-context.ts";
import { graph } from "../../support/test-graphs.ts";

const running = graph("running", (s) =>
  s.keyBy("parity", (n) => n % 2).aggregate("count", { n: count() }),
);

test("what was fed is collected, in order, again and again", async () => {
  await using t = await testApp(running);
  t.feed("in", [1, 2, 3]);
  expect(await t.collect("out")).toEqual([
    { key: 1, n: 1 },
    { key: 0, n: 1 },
    { key: 1, n: 2 },
  ]);
  t.feed("in", [4]);
  expect((await t.collect("out")).slice(3)).toEqual([{ key: 0, n: 2 }]);
  expect(t.status()).toMatchObject({ state: "running", sources: [{ records: 4, pending: 0 }] });
});

test("records are committed as time goes on, and when the job ends", async () => {
  await using t = await testApp(running);
  t.feed("in", [1]);
  expect(await t.committed("out")).toEqual([]);
  await t.advance("1s");
  expect(await t.committed("out")).toEqual([{ key: 1, n: 1 }]);
  t.feed("in", [2]);
  t.end();
  expect(await t.committed("out")).toHaveLength(2);
  expect(t.status().state).toBe("finished");
  expect(() => t.feed("in", [3])).toThrow('source "in" has ended');
});

test("frames go through the app's own decoder, and bytes that are no record are told", async () => {
  await using t = await testApp(running);
  t.feedBytes("in", ["5", "nonsense", Buffer.from("7")]);
  expect(await t.collect("out")).toHaveLength(2);
  expect(t.status().sources[0]?.invalid).toBe(1);
  expect(t.logs).toMatchObject([{ level: "warn", step: "in" }]);
  expect(t.logs[0]?.text).toContain("a frame is no record");
});

test("records have the event times that they are fed with", async () => {
  await using t = await testApp(graph("times", (s) => s.map("time", (_, ctx) => ctx.time)));
  t.feed("in", [1, 2], { times: [10, 20] });
  t.feed("in", [3]);
  expect(await t.collect("out")).toEqual([10, 20, t.now]);
  expect(() => t.feed("in", [4], { times: [] })).toThrow("0 times for 1 records");
});

test("an error of a user's function rejects with its own message, step and record", async () => {
  const failing = graph("failing", (s) =>
    s.map("halve", (n) => {
      if (n % 2 === 1) throw new Error("odd numbers have no half");
      return n / 2;
    }),
  );
  await using t = await testApp(failing);
  t.feed("in", [4, 5]);
  const told = await t.collect("out").catch((error: Error) => error.message);
  expect(told).toMatch(
    /step "halve": its function threw Error: odd numbers have no half .*record 5/,
  );
  expect(await codeOf(t.settle())).toBe("user_function");
  expect(await codeOf(t.advance(1))).toBe("user_function");
  expect(t.status().state).toBe("failed");
});

test("a failure that nobody asked for is told at the end of the test", async () => {
  const failing = graph("failing", (s) => s.filter("no", () => JSON.parse("{") as boolean));
  const test = async () => {
    await using t = await testApp(failing);
    t.feed("in", [1]);
    await new Promise<void>((resolve) => setImmediate(resolve));
  };
  expect(await codeOf(test())).toBe("user_function");
});

describe("frozen records", () => {
  const changing = graph("changing", (s) =>
    s
      .map("make", (n) => ({ n, inner: { n } }))
      .map("change", (r) => {
        r.inner.n = 0;
        return r;
      }),
  );
  test("whoever changes a record is found", async () => {
    await using t = await testApp(changing);
    t.feed("in", [1]);
    const told = await t.collect("out").catch((error: Error) => error.message);
    expect(told).toContain('step "change"');
    expect(told).toContain("readonly");
    expect(told).toContain("test-app.test.ts");
  });

  test("freezing can be turned off", async () => {
    await using t = await testApp(changing, { freeze: false });
    t.feed("in", [1]);
    expect(await t.collect("out")).toEqual([{ n: 1, inner: { n: 0 } }]);
  });

  test("a record that is a part of the state is found when the state changes", async () => {
    const leaking = graph("leaking", (s) =>
      s.collect("all").mapWithState(
        "leak",
        state(() => ({ seen: [] as number[] })),
        (n, all) => {
          all.seen.push(n);
          return all.seen;
        },
      ),
    );
    await using t = await testApp(leaking);
    t.feed("in", [1, 2]);
    expect(await codeOf(t.collect("out"))).toBe("user_function");
  });

  test("the state itself is emitted as a copy, and stays changeable", async () => {
    const copying = graph("copying", (s) =>
      s.collect("all").mapWithState(
        "copy",
        state(() => ({ seen: [] as number[] })),
        (n, all) => {
          all.seen.push(n);
          return all;
        },
      ),
    );
    await using t = await testApp(copying);
    t.feed("in", [1, 2]);
    expect(await t.collect("out")).toEqual([{ seen: [1] }, { seen: [1, 2] }]);
  });
});

test("side outputs and diverted records are seen by step, whoever takes them", async () => {
  const checked = app("checked", (flow) => {
    const stream = flow.source("in", memory.source<number>([])).map(
      "check",
      (n, ctx) => {
        if (n < 0) throw new Error("negative");
        if (n > 9) ctx.side("large", n);
        return n > 9 ? undefined : n;
      },
      { onError: retry(1, "divert"), side: { large: side<number>() } },
    );
    stream.sink("out", memory.sink<number>().sink);
    stream.side.large.sink("large", memory.sink<number>().sink);
    stream.diverted.sink("failed", memory.sink().sink);
  });
  await using t = await testApp(checked);
  t.feed("in", [1, -2, 30]);
  expect(await t.collect("out")).toEqual([1]);
  expect(await t.side<number>("check", "large")).toEqual([30]);
  expect(await t.collect<number>("large")).toEqual([30]);
  expect(await t.diverted<number>("check")).toMatchObject([
    { input: -2, step: "check", error: { message: "negative" }, position: 1 },
  ]);
  expect(t.status().sinks.map(({ name }) => name)).toEqual(["out", "large", "failed"]);
  expect(() => t.status().steps.find(({ name }) => name.startsWith("test "))).not.toThrow();
});

test("names that the app has not are refused, with those that it has", async () => {
  await using t = await testApp(running);
  const told = async (call: () => unknown) => {
    try {
      await call();
      return "nothing";
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(await told(() => t.feed("inn", []))).toBe(
    'the app has no source "inn" (it has: in); did you mean "in"?',
  );
  expect(await told(() => t.end("x"))).toContain("it has: in");
  expect(await told(() => t.collect("in"))).toContain('the app has no sink "in" (it has: out)');
  expect(await told(() => t.collectEach("out"))).toContain('use collect("out")');
  expect(await told(() => t.side("count", "x"))).toContain("it has none");
  expect(await told(() => t.diverted("count"))).toContain("it has none");
  expect(await codeOf(testApp(running, { keep: ["of"] }))).toBe("bad_test");
});

test("options of the app are set as on the command line", async () => {
  const greeting = app("greeting", options({ word: text("hello") }), (flow, { word }) => {
    flow
      .source("in", memory.source<string>([]))
      .map("greet", (name) => `${word} ${name}`)
      .sink("out", memory.sink<string>().sink);
  });
  await using t = await testApp(greeting, { set: { word: "bye" } });
  t.feed("in", ["you"]);
  expect(await t.collect("out")).toEqual(["bye you"]);
  expect(await codeOf(testApp(greeting, { set: { wort: "x" } }))).toBe("bad_option");
});

test("a source that is kept reads its own connector", async () => {
  const numbers = app("numbers", (flow) => {
    flow
      .source("in", generator({ make: (i) => i, count: 5 }))
      .sink("out", memory.sink<number>().sink);
  });
  await using t = await testApp(numbers, { keep: ["in"] });
  expect(await t.collect("out")).toEqual([0, 1, 2, 3, 4]);
  expect(() => t.feed("in", [1])).toThrow("is in `keep`");
});

test("a test sees every line that is logged, at any level, however many there are", async () => {
  const talking = graph("talking", (s) =>
    s.map("say", (n, ctx) => {
      ctx.log.debug("seen", { n });
      return n;
    }),
  );
  await using t = await testApp(talking);
  t.feed("in", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  await t.settle();
  expect(t.logs).toHaveLength(15);
  expect(t.logs[14]).toMatchObject({ level: "debug", text: "seen", step: "say" });
  expect(t.logs[14]!.fields).toMatchObject({ n: 15, worker: "test-1", job: "talking" });
});
