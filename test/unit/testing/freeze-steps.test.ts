import { expect, test } from "bun:test";
import { app, connect, count, type Flow, memory, otherwise, state } from "../../../src/api/mod.ts";
import { testApp } from "../../../src/testing/mod.ts";

const none = memory.sink<never>().sink;
type Thing = { readonly inner: { n: number } };
const thing = (n = 1): Thing => ({ inner: { n } });
const change = (r: Thing): number => r.inner.n++;
const holder = state(() => ({ kept: [] as Thing[] }));

/** Steps that change the record they are given, by the name of the step that is told. */
const CULPRITS: Readonly<Record<string, (flow: Flow) => void>> = {
  map: (flow) => things(flow).map("map", change).sink("out", none),
  filter: (flow) =>
    things(flow)
      .filter("filter", (r) => change(r) > 0)
      .sink("out", none),
  inspect: (flow) =>
    things(flow)
      .inspect("inspect", (r) => void change(r))
      .sink("out", none),
  flatMap: (flow) =>
    things(flow)
      .flatMap("flatMap", (r) => [change(r)])
      .sink("out", none),
  asyncMap: (flow) =>
    things(flow)
      .asyncMap("asyncMap", async (r) => change(r))
      .sink("out", none),
  keyBy: (flow) => things(flow).keyBy("keyBy", change).aggregate("n", count()).sink("out", none),
  branch: (flow) => {
    const { yes, no } = things(flow).branch("branch", { yes: (r) => change(r) > 0, no: otherwise });
    yes.merge(no).sink("out", none);
  },
  "with state": (flow) =>
    things(flow).collect("all").mapWithState("with state", holder, change).sink("out", none),
  connected: (flow) =>
    connect({ a: things(flow) })
      .keyBy("key", { a: () => 1 })
      .withState("connected", holder, { a: change })
      .sink("out", none),
  sum: (flow) =>
    things(flow)
      .collect("all")
      .aggregate("sum", { ...count<Thing>(), add: (acc, r) => acc + change(r) })
      .sink("out", none),
  "next of each": (flow) =>
    things(flow)
      .collect("all")
      .flatMapWithState("each", holder, function* (r, s) {
        s.kept.push({ inner: { ...r.inner } });
        yield s.kept[0]!;
      })
      .map("next of each", change)
      .sink("out", none),
};

function things(flow: Flow) {
  return flow.source("in", memory.source<Thing>([]));
}

test.each(Object.entries(CULPRITS))("%s: a change of a record is found", async (name, build) => {
  await using t = await testApp(app("frozen", build));
  t.feed("in", [thing()]);
  const told = await t.settle().then(
    () => "nothing",
    (error: Error) => error.message,
  );
  expect(told).toContain(`step "${name}"`);
  expect(told).toMatch(/readonly/);
});

test("what is yielded stays lazy, and what is no iterable is told as ever", async () => {
  let made = 0;
  const lazy = app("lazy", (flow) => {
    things(flow)
      .flatMap(
        "many",
        function* () {
          for (;;) yield made++;
        },
        { maxOutputs: 10 },
      )
      .sink("out", none);
  });
  await using t = await testApp(lazy);
  t.feed("in", [thing()]);
  await expect(t.settle()).rejects.toThrow("more than 10 outputs");
  expect(made).toBe(11);
  const wrong = app("wrong", (flow) => {
    things(flow)
      .flatMap("none", () => null as never)
      .sink("out", none);
  });
  await using u = await testApp(wrong);
  u.feed("in", [thing()]);
  await expect(u.settle()).rejects.toThrow("not an array or another iterable");
});
