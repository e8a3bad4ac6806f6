/** Versions of an app that take over from one another, in both forms of the chain. */
import { describe, expect, test } from "bun:test";
import { app, count, max, state, sum, type Flow } from "../../../src/api/mod.ts";
import { memory } from "../../../src/connectors/memory/mod.ts";
import type { Sink } from "../../../src/model/sink.ts";
import { startVersions, until } from "../../support/swap-app.ts";

const counter = (version = 1, upgrade?: (old: unknown) => { n: number }) =>
  state(() => ({ n: 0 }), { version, ...(upgrade === undefined ? {} : { upgrade }) });

const version = (build: (flow: Flow) => void) => app("app", (flow) => build(flow));

describe.each([true, false])("compiled %p", (compiled) => {
  test("state, position and counters go on, and the new function is what runs", async () => {
    const feed = memory.feed<string>();
    const out = memory.sink<string>();
    const counting = (word: string) =>
      version((flow) =>
        flow
          .source("in", feed.source)
          .keyBy("key", (key) => key)
          .mapWithState(
            "count",
            state(() => ({ n: 0 })),
            (key, s) => `${word} ${key} ${++s.n}`,
          )
          .sink("out", out.sink),
      );
    await using run = await startVersions(counting("old"), { compiled });
    feed.push("a", "a", "b");
    await run.processed("in", 3);
    const result = await run.swap(counting("new"));
    expect(result.states).toMatchObject([{ step: "count", how: "kept", keys: 2 }]);
    expect([result.sources, result.sinks]).toEqual([
      [{ name: "in", how: "kept" }],
      [{ name: "out", how: "kept" }],
    ]);
    feed.push("a", "b");
    feed.end();
    const { sources, sinks, steps, state: ended } = await run.job.done;
    expect(ended).toBe("finished");
    expect(out.committed).toEqual(["old a 1", "old a 2", "old b 1", "new a 3", "new b 2"]);
    expect([sources[0]!.records, sinks[0]!.records]).toEqual([5, 5]);
    expect(steps.find(({ name }) => name === "count")!.recordsIn).toBe(5);
    expect(run.job.reloads).toBe(1);
  });

  test("a step that is gone is named with its keys, one that is new begins empty", async () => {
    const feed = memory.feed<string>();
    const out = memory.sink<string>();
    const named = (name: string) =>
      version((flow) =>
        flow
          .source("in", feed.source)
          .keyBy("key", (key) => key)
          .mapWithState(name, counter(), (key, s) => `${name} ${key} ${++s.n}`)
          .sink("out", out.sink),
      );
    await using run = await startVersions(named("old"), { compiled });
    feed.push("a", "b");
    await run.processed("in", 2);
    const { states } = await run.swap(named("renamed"));
    expect(states.map(({ step, how, keys }) => `${step} ${how} ${keys}`)).toEqual([
      "renamed new 0",
      "old dropped 2",
    ]);
    feed.push("a");
    feed.end();
    await run.job.done;
    expect(out.committed).toEqual(["old a 1", "old b 1", "renamed a 1"]);
  });

  test("a version that does not fit, or whose upgrade throws, changes nothing", async () => {
    const feed = memory.feed<string>();
    const out = memory.sink<string>();
    const of = (spec: ReturnType<typeof counter>) =>
      version((flow) =>
        flow
          .source("in", feed.source)
          .keyBy("key", (key) => key)
          .mapWithState("count", spec, (key, s) => `${key} ${++s.n}`)
          .sink("out", { ...out.sink }),
      );
    await using run = await startVersions(of(counter()), { compiled });
    feed.push("a", "b");
    await run.processed("in", 2);
    await expect(run.swap(of(counter(2)))).rejects.toThrow("add upgrade(old, fromVersion)");
    const throwing = counter(2, (old) => {
      (old as { n: number }).n = 100;
      throw new Error("no");
    });
    await expect(run.swap(of(throwing))).rejects.toThrow(
      'step "count": upgrade from version 1 to 2 threw for key "a": no',
    );
    const wider = state(() => ({ n: 0, sum: 0 }));
    await expect(run.swap(of(wider as never))).rejects.toThrow('another shape: "sum" is new. Give');
    expect(run.job.reloads).toBe(0);
    feed.push("a", "b");
    feed.end();
    expect((await run.job.done).state).toBe("finished");
    expect(out.committed).toEqual(["a 1", "b 1", "a 2", "b 2"]);
  });

  test("outputs that were put off leave by the old version, then the new one begins", async () => {
    const feed = memory.feed<number>();
    const out = memory.sink<string>({
      delay: () => new Promise((resolve) => setImmediate(resolve)),
    });
    const of = (word: string) =>
      version((flow) =>
        flow
          .source("in", feed.source)
          .flatMap("many", function* (n) {
            for (let i = 0; i < n; i++) yield `${word} ${i}`;
          })
          .sink("out", out.sink),
      );
    await using run = await startVersions(of("old"), { compiled });
    feed.push(20_000);
    await until(() => out.records.length > 0);
    expect(out.records.length).toBeLessThan(20_000);
    await run.swap(of("new"));
    expect(out.committed.length).toBe(20_000);
    feed.push(2);
    feed.end();
    await run.job.done;
    expect(out.committed.slice(19_999)).toEqual(["old 19999", "new 0", "new 1"]);
  });

  test("an aggregate keeps what it gathered, and what it had still to emit", async () => {
    const feed = memory.feed<{ key: string; n: number }>();
    const out = memory.sink<unknown>();
    const of = (extra: boolean) =>
      version((flow) =>
        flow
          .source("in", feed.source)
          .keyBy("key", ({ key }) => key)
          .aggregate(
            "stats",
            extra
              ? { most: max(({ n }) => n), total: sum(({ n }) => n) }
              : { n: count(), total: sum(({ n }) => n) },
            { emit: "1h" },
          )
          .sink("out", out.sink),
      );
    await using run = await startVersions(of(false), { compiled });
    feed.push({ key: "a", n: 5 }, { key: "b", n: 1 });
    await run.processed("in", 2);
    const { states } = await run.swap(of(true));
    expect(states[0]!.parts.map(({ name, how }) => `${name} ${how}`)).toEqual([
      "most begun",
      "total kept",
      "n dropped",
    ]);
    feed.push({ key: "a", n: 2 });
    feed.end();
    await run.job.done;
    expect(out.committed).toEqual([
      { key: "a", most: 2, total: 7 },
      { key: "b", most: Number.NEGATIVE_INFINITY, total: 1 },
    ]);
  });

  test("a source of other code goes on from its position, a new one from its start", async () => {
    const numbers = Array.from({ length: 3_000 }, (_, i) => i);
    const out = memory.sink<string>();
    const gate = memory.feed<string>();
    const of = (word: string, extra: boolean) =>
      version((flow) => {
        flow
          .source("in", memory.source(numbers, { batch: 7 }))
          .map("tag", (n) => `${word} ${n}`)
          .sink("out", out.sink);
        if (!extra) flow.source("gate", gate.source).sink("none", memory.sink<string>().sink);
        else flow.source("more", memory.source(["x"])).sink("out 2", out.sink);
      });
    await using run = await startVersions(of("old", false), { compiled });
    await until(() => out.records.length > 100);
    const { sources } = await run.swap(of("new", true));
    expect(sources.map(({ name, how }) => `${name} ${how}`)).toEqual([
      "in moved",
      "more new",
      "gate closed",
    ]);
    expect((await run.job.done).state).toBe("finished");
    const got = out.committed.filter((text) => text !== "x");
    expect(got.map((text) => Number(text.split(" ")[1]))).toEqual(numbers);
    expect(got[0]!).toBe("old 0");
    expect(out.committed.length).toBe(3_001);
  });

  test("a sink that cannot be opened leaves the old one, opened again, to go on", async () => {
    const feed = memory.feed<number>();
    const out = memory.sink<number>();
    let opened = 0;
    const counted: Sink<number> = {
      ...out.sink,
      open: async (ctx) => {
        opened++;
        return await out.sink.open(ctx);
      },
    };
    const broken: Sink<number> = { ...out.sink, open: () => Promise.reject(new Error("no room")) };
    const of = (sink: Sink<number>) =>
      version((flow) => flow.source("in", feed.source).sink("out", sink));
    await using run = await startVersions(of(counted), { compiled });
    feed.push(1, 2);
    await run.processed("in", 2);
    await expect(run.swap(of(broken))).rejects.toThrow('sink "out": no room');
    expect(opened).toBe(2);
    feed.push(3);
    feed.end();
    const { state: ended, sinks } = await run.job.done;
    expect([ended, sinks[0]!.records, run.job.reloads]).toEqual(["finished", 3, 0]);
    expect(out.committed).toEqual([1, 2, 3]);
  });
});
