/** Which states fit, and what becomes of each: every rule. */
import { expect, test } from "bun:test";
import { aggregation, app, count, listState, mapState, max, state } from "../../../src/api/mod.ts";
import { memory } from "../../../src/connectors/memory/mod.ts";
import type { Aggregation } from "../../../src/model/aggregation.ts";
import { shapedHeaders, type StateHeader } from "../../../src/model/state-header.ts";
import { compareStates } from "../../../src/model/state-compare.ts";
import type { StateArg } from "../../../src/api/state.ts";

/** The headers of an app that has these states, by step. */
async function headers(
  states: Readonly<Record<string, StateArg>>,
): Promise<readonly StateHeader[]> {
  const made = app("a", (flow) => {
    const keyed = flow.source("in", memory.source([1])).keyBy("key", (n) => n);
    for (const [name, arg] of Object.entries(states)) {
      keyed.mapWithState(name, arg as never, () => 1).sink(`${name} out`, memory.sink().sink);
    }
  });
  return shapedHeaders(await made.build({}));
}

async function compare(
  kept: Readonly<Record<string, StateArg>>,
  wanted: Readonly<Record<string, StateArg>>,
) {
  return compareStates(await headers(kept), await headers(wanted));
}

const value = (version = 1, upgrade?: (old: unknown) => { n: number }) =>
  state(() => ({ n: 0 }), { version, ...(upgrade === undefined ? {} : { upgrade }) });
const up = () => ({ n: 1 });

test("a state of equal kind and version is kept, others begin empty or are dropped", async () => {
  const { changes, problems } = await compare(
    { a: value(), b: mapState() },
    { c: listState(), a: value() },
  );
  expect(problems).toEqual([]);
  expect(changes.map(({ step, how }) => `${step} ${how}`)).toEqual([
    "c new",
    "a kept",
    "b dropped",
  ]);
});

test("a version that grew is upgraded where there is a function", async () => {
  const { changes, problems } = await compare({ a: value() }, { a: value(3, up) });
  expect(problems).toEqual([]);
  expect(changes).toEqual([
    {
      step: "a",
      namespace: "",
      how: "changed",
      parts: [{ name: "", how: "upgraded", from: 1, to: 3 }],
    },
  ]);
});

test("a version that grew without upgrade is refused, with what to do", async () => {
  const { problems } = await compare({ a: value() }, { a: value(2) });
  expect(problems).toEqual([
    'step "a": its state has version 2, and its values are of version 1: add upgrade(old, ' +
      "fromVersion) to the options of its state, or give the step another name to begin empty",
  ]);
});

test("a version that shrank is refused", async () => {
  const { problems } = await compare({ a: value(3) }, { a: value(2, up) });
  expect(problems).toEqual([
    'step "a": its state has version 2, and its values are of version 3: versions only grow',
  ]);
});

test("a kind that changed is refused, but for a value whose new version upgrades it", async () => {
  const refused = async (from: StateArg, to: StateArg) =>
    (await compare({ a: from }, { a: to })).problems.length;
  expect(await refused(value(), mapState())).toBe(1);
  expect(await refused(value(), mapState({ version: 2, upgrade: up }))).toBe(1);
  expect(await refused(mapState(), listState())).toBe(1);
  expect(await refused(mapState(), value())).toBe(1);
  expect(await refused(mapState(), value(2))).toBe(1);
  expect(await refused(mapState(), value(2, up))).toBe(0);
  expect(await refused(listState({ version: 2 }), value(2, up))).toBe(1);
  expect(await refused({ x: value(), y: listState() }, value(2, up))).toBe(0);
  expect(await refused(value(), { x: value() })).toBe(1);
  const { problems } = await compare({ a: mapState() }, { a: value() });
  expect(problems[0]).toBe(
    'step "a": its state was a map and is one value now: give it version 2 and an upgrade(old, ' +
      "fromVersion), or give the step another name to begin empty",
  );
});

test("of several states each part is looked at by itself", async () => {
  const { changes, problems } = await compare(
    { a: { same: value(), grown: value(1), gone: mapState() } },
    { a: { fresh: listState(), grown: value(2, up), same: value() } },
  );
  expect(problems).toEqual([]);
  expect(changes[0]!.parts).toEqual([
    { name: "fresh", how: "begun", from: 0, to: 1 },
    { name: "grown", how: "upgraded", from: 1, to: 2 },
    { name: "same", how: "kept", from: 1, to: 1 },
    { name: "gone", how: "dropped", from: 1, to: 0 },
  ]);
  const other = await compare({ a: { x: value() } }, { a: { x: mapState() } });
  expect(other.problems[0]).toContain('step "a": its state "x" was one value and is a map now');
});

test("an aggregate keeps the fields of equal name and version, others begin anew", async () => {
  const of = async (fields: Readonly<Record<string, Aggregation<number, number, number>>>) => {
    const made = app("a", (flow) => {
      const keyed = flow.source("in", memory.source([1])).keyBy("key", (n) => n);
      keyed.aggregate("stats", fields).sink("out", memory.sink().sink);
    });
    return shapedHeaders(await made.build({}));
  };
  const total = (version = 1) =>
    aggregation({
      init: () => 0,
      add: (acc: number, n: number) => acc + n,
      merge: (a, b) => a + b,
      result: (acc) => acc,
      version,
    });
  const kept = await of({ n: count<number>(), sum: total() });
  const same = compareStates(kept, await of({ n: count<number>(), sum: total() }));
  expect(same.changes[0]!.how).toBe("kept");
  const order = compareStates(kept, await of({ sum: total(), n: count<number>() }));
  expect([order.changes[0]!.how, order.problems]).toEqual(["changed", []]);
  const most = max<number>((n) => n);
  const { changes, problems } = compareStates(kept, await of({ sum: total(2), most }));
  expect(problems).toEqual([]);
  expect(changes[0]!.parts.map(({ name, how }) => `${name} ${how}`)).toEqual([
    "sum begun",
    "most begun",
    "n dropped",
  ]);
  const back = compareStates(await of({ sum: total(2) }), await of({ sum: total(1) }));
  expect(back.problems[0]).toContain('step "stats": its field "sum" has version 1');
});

test("another shape of an equal version is refused, with what changed and what to do", async () => {
  const two = (options = {}) => state(() => ({ n: 0, sum: 0 }), options);
  const { problems } = await compare({ a: value() }, { a: two() });
  expect(problems).toEqual([
    'step "a": its state has version 1 as before, and another shape: "sum" is new. Give it ' +
      "version 2 and an upgrade(old, fromVersion), or, if its function can do with the old " +
      'values, the option shape: "any"',
  ]);
  const parts = { x: value(), y: two() };
  const several = await compare({ a: parts as never }, { a: { ...parts, x: two() } as never });
  expect(several.problems).toEqual([
    expect.stringContaining('step "a": its state "x" has version'),
  ]);
  for (const options of [{ shape: "any" }, { version: 2, upgrade: () => ({ n: 0, sum: 0 }) }]) {
    expect((await compare({ a: value() }, { a: two(options) })).problems).toEqual([]);
  }
  // Once taken as it is, nothing is known of what was kept.
  expect((await compare({ a: two({ shape: "any" }) }, { a: value() })).problems).toEqual([]);
  const codec = { name: "own", encode: () => new Uint8Array(), decode: () => ({ n: 0 }) };
  expect((await compare({ a: value() }, { a: two({ codec }) })).problems).toEqual([]);
});

test("an accumulator of another shape is told to get a version", async () => {
  const mean = (init: () => object, version = 1): Aggregation<number, object, number> => {
    return aggregation({
      init,
      add: (acc: object) => acc,
      merge: (into: object) => into,
      result: () => 0,
      version,
    });
  };
  const of = async (fields: Record<string, Aggregation<number, object, number>>) => {
    const made = app("a", (flow) => {
      const keyed = flow.source("in", memory.source([1])).keyBy("key", (n) => n);
      keyed.aggregate("agg", fields, { emit: "each" }).sink("out", memory.sink().sink);
    });
    return shapedHeaders(await made.build({}));
  };
  const kept = await of({ mean: mean(() => ({ n: 0 })) });
  const { problems } = compareStates(kept, await of({ mean: mean(() => ({ n: 0, sum: 0 })) }));
  expect(problems).toEqual([
    'step "agg": its field "mean" has version 1 as before, and another shape: "sum" is new. Give ' +
      "it version 2, with which it begins anew",
  ]);
  const next = await of({ mean: mean(() => ({ n: 0, sum: 0 }), 2) });
  expect(compareStates(kept, next).problems).toEqual([]);
});
