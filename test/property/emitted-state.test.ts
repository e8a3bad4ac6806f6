/** Records are immutable once emitted: a state that is emitted is copied, wherever it leaves. */
import { describe, expect, test } from "bun:test";
import { app, connect, type Flow, memory, side, state } from "../../src/api/mod.ts";
import { testApp } from "../../src/testing/mod.ts";

interface Tally {
  readonly seen: number[];
}
const none = memory.sink<never>().sink;
const tally = state((): Tally => ({ seen: [] }));
const both = { a: state(() => ({ seen: [] as number[] })), b: state(() => ({ n: 0 })) };
const keyed = (flow: Flow) => flow.source("in", memory.source<number>([])).collect("all");
const note = (n: number, s: Tally): Tally => {
  s.seen.push(n);
  return s;
};

const WAYS: Readonly<Record<string, (flow: Flow) => void>> = {
  mapWithState: (flow) => keyed(flow).mapWithState("step", tally, note).sink("out", none),
  "mapWithState, guarded": (flow) =>
    keyed(flow).mapWithState("step", tally, note, { onError: "skip" }).sink("out", none),
  "flatMapWithState, an array": (flow) =>
    keyed(flow)
      .flatMapWithState("step", tally, (n, s) => [note(n, s)])
      .sink("out", none),
  "flatMapWithState, lazily": (flow) =>
    keyed(flow)
      .flatMapWithState("step", tally, function* (n, s) {
        yield note(n, s);
      })
      .sink("out", none),
  "flatMapWithState, guarded": (flow) =>
    keyed(flow)
      .flatMapWithState(
        "step",
        tally,
        function* (n, s) {
          yield note(n, s);
        },
        { onError: "skip" },
      )
      .sink("out", none),
  connect: (flow) =>
    connect({ a: flow.source("in", memory.source<number>([])) })
      .keyBy("all", { a: () => 1 })
      .withState("step", tally, { a: note })
      .sink("out", none),
  "a side output": (flow) => {
    const { side: sides } = keyed(flow).mapWithState(
      "step",
      tally,
      (n, s, ctx) => ctx.side("all", note(n, s)),
      { side: { all: side<Tally>() } },
    );
    sides.all.sink("out", none);
  },
  "one state of several": (flow) =>
    keyed(flow)
      .mapWithState("step", both, (n, s) => note(n, s.a))
      .sink("out", none),
};

describe.each([true, false])("compiled %p", (compiled) => {
  test.each(Object.entries(WAYS))("%s: what is emitted stays as it was", async (_, build) => {
    for (const freeze of [true, false]) {
      await using t = await testApp(app("emitting", build), { compiled, freeze });
      t.feed("in", [1, 2, 3]);
      const wanted = [{ seen: [1] }, { seen: [1, 2] }, { seen: [1, 2, 3] }];
      expect(await t.collect<Tally>("out")).toEqual(wanted);
    }
  });
});
