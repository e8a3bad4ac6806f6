/** A call is all or nothing: state never holds half a change, whatever it did before it threw. */
import { describe, expect, test } from "bun:test";
import {
  app,
  listState,
  mapState,
  memory,
  retry,
  side,
  state,
  type Stream,
} from "../../src/api/mod.ts";
import { Prng } from "../../src/base/prng.ts";
import { testApp } from "../../src/testing/mod.ts";
import {
  apply,
  type Op,
  plainStates,
  randomOp,
  type States,
  textOf,
} from "../support/random-ops.ts";

interface Call {
  readonly id: number;
  readonly key: number;
  /** What each attempt changes; all but the last throw. */
  readonly attempts: readonly (readonly Op[])[];
  /** The last attempt throws too. */
  readonly isLost: boolean;
  readonly clears: boolean;
}

const RETRIES = 2;
const SEEDS = 60;
const none = memory.sink<never>().sink;

function randomCalls(prng: Prng, retries: number): Call[] {
  return Array.from({ length: 40 }, (_, id) => {
    const isLost = prng.below(3) === 0;
    const count = isLost ? retries + 1 : 1 + prng.below(retries + 1);
    const ops = () => Array.from({ length: prng.below(6) }, () => randomOp(prng));
    const attempts = Array.from({ length: count }, ops);
    return { id, key: prng.below(3), attempts, isLost, clears: prng.below(8) === 0 };
  });
}

/** What a step does for a call: changes, puts aside, clears, and throws where it must. */
function performer() {
  const made = new Map<number, number>();
  return (call: Call, states: States, ctx: Aside): string => {
    const attempt = made.get(call.id) ?? 0;
    made.set(call.id, attempt + 1);
    ctx.side("aside", call.id);
    for (const op of call.attempts[attempt]!) apply(states, op);
    const text = textOf(states);
    if (call.clears) ctx.clear();
    if (attempt < call.attempts.length - 1 || call.isLost) throw new Error("half way");
    return text;
  };
}

interface Aside {
  side(name: "aside", value: number): void;
  clear(): void;
}

const STATES = {
  value: state(() => ({ n: 0, list: [] as { n: number }[] })),
  map: mapState<string, { n: number }>(),
  list: listState<{ n: number }>(),
};

/** The step in two shapes: one result, or several that are yielded before it throws. */
function graph(isMany: boolean, policy: "divert" | "skip", retries: number) {
  return app("failing", (flow) => {
    const keyed = flow.source("in", memory.source<Call>([])).keyBy("key", ({ key }) => key);
    const perform = performer();
    const onError = retries === 0 ? policy : retry(retries, policy);
    const options = { onError, side: { aside: side<number>() } };
    const stream = isMany
      ? keyed.flatMapWithState(
          "step",
          STATES,
          function* (call, states, ctx) {
            yield "begun";
            yield perform(call, states, ctx);
          },
          options,
        )
      : keyed.mapWithState("step", STATES, perform, options);
    stream.sink("out", none);
    stream.side.aside.sink("aside", none);
    const { diverted } = stream as unknown as { diverted?: Stream<unknown> };
    diverted?.sink("diverted", none);
  });
}

function modelOf(calls: readonly Call[]): { texts: string[]; kept: Call[]; keys: number } {
  const states = new Map<number, States>();
  const kept = calls.filter(({ isLost }) => !isLost);
  const texts = kept.map(({ key, attempts, clears }) => {
    const own = states.get(key) ?? plainStates();
    states.set(key, own);
    for (const op of attempts.at(-1)!) apply(own, op);
    const text = textOf(own);
    if (clears) states.delete(key);
    return text;
  });
  return { texts, kept, keys: states.size };
}

describe.each([true, false])("compiled %p", (compiled) => {
  const ways = [true, false].flatMap((isMany) =>
    (["divert", "skip"] as const).flatMap((policy) =>
      [0, RETRIES].map((retries) => ({ isMany, policy, retries })),
    ),
  );
  test.each(ways)("nothing is left of a call that failed: %p", async (way) => {
    const { isMany, policy, retries } = way;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const calls = randomCalls(new Prng(seed), retries);
      const model = modelOf(calls);
      await using t = await testApp(graph(isMany, policy, retries), { compiled, freeze: false });
      t.feed("in", calls);
      const texts = await t.collect<string>("out");
      const wanted = isMany ? model.texts.flatMap((text) => ["begun", text]) : model.texts;
      expect({ seed, texts }).toEqual({ seed, texts: wanted });
      expect(await t.collect<number>("aside")).toEqual(model.kept.map(({ id }) => id));
      const step = t.status().steps.find(({ name }) => name === "step");
      expect({ seed, keys: step?.keys }).toEqual({ seed, keys: model.keys });
      expect(step?.failed).toBe(calls.length - model.kept.length);
      if (policy === "skip") continue;
      const lost = calls.filter(({ isLost }) => isLost).map(({ id }) => id);
      const diverted = await t.diverted<Call>("step");
      expect(diverted.map(({ input }) => input.id)).toEqual(lost);
    }
  });
});
