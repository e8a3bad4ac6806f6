/** A job in one process, from memory to memory, in both forms of its chain. */
import { describe, expect, test } from "bun:test";
import { app, connect, count, state, sum } from "../../../src/api/mod.ts";
import { memory } from "../../../src/connectors/memory/mod.ts";
import { runApp, runPipeline } from "../../support/run-app.ts";

const none = memory.sink<unknown>().sink;
const from = <T>(records: readonly T[]) => memory.source(records);

describe.each([true, false])("compiled %p", (compiled) => {
  test("words are counted per key, in order", async () => {
    const words = app("words", (flow) => {
      flow
        .source("lines", from(["a b a", "b a"]))
        .flatMap("split", (line) => line.split(" "))
        .keyBy("word", (word) => word)
        .mapWithState(
          "count",
          state(() => ({ n: 0 })),
          (word, s) => {
            s.n++;
            return `${word}=${s.n}`;
          },
        )
        .sink("out", none);
    });
    expect(await runApp(words, { compiled })).toEqual({
      out: ["a=1", "b=1", "a=2", "b=2", "a=3"],
    });
  });

  test("two inputs share one state and have an output each", async () => {
    const joined = app("joined", (flow) => {
      const adds = flow.source(
        "adds",
        from([
          { k: "x", n: 2 },
          { k: "y", n: 3 },
        ]),
      );
      const asks = flow.source("asks", from([{ key: "x" }, { key: "y" }]));
      const result = connect({ add: adds, ask: asks })
        .keyBy("key", { add: (a) => a.k, ask: (a) => a.key })
        .withState(
          "total",
          state((key) => ({ key: String(key), total: 0 })),
          {
            add(a, s) {
              s.total += a.n;
            },
            ask(a, s, ctx) {
              return { key: ctx.key, asked: a.key, total: s.total >= 0, made: s.key };
            },
          },
        );
      result.sink("all", none);
      result.on.ask.sink("asked", none);
    });
    const expected = [
      { key: "x", asked: "x", total: true, made: "x" },
      { key: "y", asked: "y", total: true, made: "y" },
    ];
    expect(await runApp(joined, { compiled })).toEqual({ all: expected, asked: expected });
  });

  test("an aggregate emits each change, or once at the end", async () => {
    const records = [1, 2, 3, 4].map((n) => ({ odd: n % 2 === 1, n }));
    const sums = app("sums", (flow) => {
      const keyed = flow.source("in", from(records)).keyBy("odd", (r) => r.odd);
      keyed.aggregate("running", { n: count(), total: sum((r) => r.n) }).sink("each", none);
      keyed
        .aggregate(
          "last",
          sum((r) => r.n),
          { emit: "on close" },
        )
        .sink("close", none);
    });
    expect(await runApp(sums, { compiled })).toEqual({
      each: [
        { key: true, n: 1, total: 1 },
        { key: false, n: 1, total: 2 },
        { key: true, n: 2, total: 4 },
        { key: false, n: 2, total: 6 },
      ],
      close: [
        { key: true, value: 4 },
        { key: false, value: 6 },
      ],
    });
  });

  test("a diamond of flatMaps with many outputs keeps order on each path", async () => {
    const range = function* (n: number) {
      for (let i = 0; i < n; i++) yield i;
    };
    const diamond = app("diamond", (flow) => {
      const input = flow.source("in", from([3000, 2, 5000]));
      const a = input.flatMap("a", (n) => range(n)).map("a1", (i) => `a${i}`);
      const b = input.flatMap("b", (n) => Array.from(range(n))).map("b1", (i) => `b${i}`);
      a.merge(b)
        .flatMap("both", (t) => [t, t])
        .sink("out", none);
    });
    const { out } = await runApp(diamond, { compiled });
    const expected = (p: string) =>
      [3000, 2, 5000].flatMap((n) => [...range(n)].flatMap((i) => [`${p}${i}`, `${p}${i}`]));
    expect(out!.filter((t) => (t as string).startsWith("a"))).toEqual(expected("a"));
    expect(out!.filter((t) => (t as string).startsWith("b"))).toEqual(expected("b"));
  });

  test("a function that throws ends the job and names step, record, file and line", async () => {
    const bad = app("bad", (flow) => {
      flow
        .source("in", from([1, 2, 3]))
        .map("explode", (n) => {
          if (n === 2) throw new RangeError("two is too much");
          return n;
        })
        .sink("out", none);
    });
    const { status } = await runPipeline(await bad.build({}), { compiled });
    expect(status.state).toBe("failed");
    expect(status.error).toContain(
      'step "explode": its function threw RangeError: two is too much',
    );
    expect(status.error).toMatch(/ \(.*job\.test\.ts:\d+:\d+\), for record 2/);
  });

  test("as many outputs as the limit are fine, one more names step, limit and record", async () => {
    const outputs = (n: number) =>
      app("many", (flow) => {
        const of = (text: string): string[] => Array<string>(n).fill(text);
        flow
          .source("in", from(["a"]))
          .flatMap("many", of, { maxOutputs: 3 })
          .sink("out", none);
      });
    expect(await runApp(outputs(3), { compiled })).toEqual({ out: ["a", "a", "a"] });
    await expect(runApp(outputs(4), { compiled })).rejects.toThrow(
      'step "many": one record gives more than 3 outputs, the limit of maxOutputs: give fewer, ' +
        'or raise it in the step\'s options; the record is "a"',
    );
  });

  test("metrics count what goes in and out of each step", async () => {
    const counted = app("counted", (flow) => {
      flow
        .source("in", from([1, 2, 3, 4]))
        .filter("even", (n) => n % 2 === 0)
        .flatMap("twice", (n) => [n, n])
        .sink("out", none);
    });
    const { status } = await runPipeline(await counted.build({}), { compiled, metrics: true });
    expect(status.steps.map((s) => [s.name, s.recordsIn, s.recordsOut])).toEqual([
      ["in", 4, 4],
      ["even", 4, 2],
      ["twice", 2, 4],
      ["out", 4, 0],
    ]);
  });
});
