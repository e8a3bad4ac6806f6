/** Values of one version become those of another; tables go on under another spec. */
import { expect, test } from "bun:test";
import { listState, mapState, state } from "../../../src/api/mod.ts";
import { oneState, type StateArg } from "../../../src/api/state.ts";
import type { StepContext } from "../../../src/model/context.ts";
import type { Pipeline } from "../../../src/model/pipeline.ts";
import { stateHeaders, type StateHeader } from "../../../src/model/state-header.ts";
import type { StateSpec } from "../../../src/model/state-spec.ts";
import { compareStates } from "../../../src/model/state-compare.ts";
import type { EntryList, EntryMap } from "../../../src/state/entry-map.ts";
import { MemoryBackend, MemoryTable } from "../../../src/state/memory-backend.ts";
import { transferEntries } from "../../../src/state/transfer.ts";

const ID = { step: "s", namespace: "" };
const ctx = { step: "s" } as unknown as StepContext;

function headerOf(spec: StateSpec<unknown>): StateHeader {
  const fn = () => undefined;
  const step = { id: 0, name: "s", spec: { kind: "mapWithState", state: spec, fn } as const };
  const pipeline: Pipeline = { app: "a", steps: [{ ...step, inputs: [], at: "" }] };
  return stateHeaders(pipeline)[0]!;
}

/** Moves what a table of `from` has into one of `to`. */
function moved(from: StateArg, to: StateArg, fill: (table: MemoryTable<unknown>) => void) {
  const [before, after] = [oneState(from, "s"), oneState(to, "s")];
  const old = new MemoryTable<unknown>(ID, before);
  fill(old);
  const table = new MemoryTable<unknown>(ID, after);
  const { changes, problems } = compareStates([headerOf(before)], [headerOf(after)]);
  expect(problems).toEqual([]);
  const steps = [...transferEntries(old.entries(), headerOf(before), table, changes[0]!, ctx)];
  return { old, table, steps };
}

const valuesOf = (table: MemoryTable<unknown>) =>
  Object.fromEntries(Array.from(table.entries(), ({ key, value }) => [String(key), value]));

test("every value goes through upgrade with the version that it had, and keys stay", () => {
  const to = state(() => ({ total: 0 }), {
    version: 3,
    upgrade: (old, from) => ({ total: (old as { n: number }).n * 10 + from }),
  });
  const { table } = moved(
    state(() => ({ n: 0 }), { version: 2 }),
    to,
    (old) => {
      for (const key of ["a", 1, true, ["x", 2]] as const) {
        (old.create(key, ctx).value as { n: number }).n = 4;
      }
    },
  );
  expect(valuesOf(table)).toEqual({
    a: { total: 42 },
    1: { total: 42 },
    true: { total: 42 },
    "x,2": { total: 42 },
  });
  expect(table.find(["x", 2])!.value).toEqual({ total: 42 });
});

test("an upgrade that changes what it is given does not change the old value", () => {
  const to = state(() => ({ n: 0 }), {
    version: 2,
    upgrade: (old) => {
      (old as { n: number }).n = 99;
      return old as { n: number };
    },
  });
  const { old, table } = moved(
    state(() => ({ n: 7 })),
    to,
    (from) => from.create("a", ctx),
  );
  expect([valuesOf(old), valuesOf(table)]).toEqual([{ a: { n: 7 } }, { a: { n: 99 } }]);
});

test("an upgrade that throws or gives no plain object is told with step, versions and key", () => {
  const bad = (upgrade: (old: unknown) => { n: number }) => () =>
    moved(
      state(() => ({ n: 7 })),
      state(() => ({ n: 0 }), { version: 2, upgrade }),
      (from) => from.create("the key", ctx),
    );
  expect(
    bad(() => {
      throw new RangeError("no way");
    }),
  ).toThrow('step "s": upgrade from version 1 to 2 threw for key "the key": no way');
  expect(bad(() => 5 as never)).toThrow("upgrade gave number");
  expect(bad(() => undefined as never)).toThrow("upgrade gave undefined");
});

test("upgrade of a map or a list gets one entry's value at a time", () => {
  const upgrade = (old: unknown) => (old as number) + 100;
  const map = moved(mapState(), mapState<string, number>({ version: 2, upgrade }), (from) => {
    const value = from.create("a", ctx).value as EntryMap<number>;
    value.set("x", 1);
    value.set("y", 2);
  });
  const asMap = map.table.find("a")!.value as EntryMap<number>;
  expect([...asMap]).toEqual([
    ["x", 101],
    ["y", 102],
  ]);
  const list = moved(listState(), listState<number>({ version: 2, upgrade }), (from) => {
    const value = from.create("a", ctx).value as EntryList<number>;
    for (const n of [1, 2, 3]) value.push(n);
    value.shift();
  });
  expect([...(list.table.find("a")!.value as EntryList<number>)]).toEqual([102, 103]);
});

test("a map, a list or several become one value by an upgrade that gets them as plain data", () => {
  const to = state(() => ({ all: [] as number[] }), {
    version: 2,
    upgrade: (old) => ({ all: [old as number] }),
  });
  const several = { m: mapState<string, number>(), l: listState<number>(), v: state(() => ({})) };
  const { table } = moved(several, to, (from) => {
    const value = from.create("a", ctx).value as { m: EntryMap<number>; l: EntryList<number> };
    value.m.set("x", 1);
    value.l.push(5);
  });
  expect(valuesOf(table)).toEqual({ a: { all: [{ m: new Map([["x", 1]]), l: [5], v: {} }] } });
});

test("of several states a new part is made for each key, the others stay the same objects", () => {
  const { old, table } = moved(
    { kept: state(() => ({ n: 1 })), gone: mapState() },
    { kept: state(() => ({ n: 1 })), fresh: state((key) => ({ of: String(key) })) },
    (from) => from.create("a", ctx),
  );
  expect(valuesOf(table)).toEqual({ a: { kept: { n: 1 }, fresh: { of: "a" } } });
  const kept = (of: MemoryTable<unknown>) => (of.find("a")!.value as { kept: unknown }).kept;
  expect(kept(table)).toBe(kept(old));
});

test("a long transfer gives others a chance, again and again", () => {
  const upgrade = (old: unknown) => old as { n: number };
  const to = state(() => ({ n: 0 }), { version: 2, upgrade });
  const { steps, table } = moved(
    state(() => ({ n: 0 })),
    to,
    (from) => {
      for (let i = 0; i < 5_000; i++) from.create(i, ctx);
    },
  );
  expect([steps.length, table.size]).toEqual([5, 5_000]);
});

test("a table that is taken over goes on with all its values under the new spec", () => {
  const first = new MemoryBackend();
  const old = first.table<unknown>(
    ID,
    state(() => ({ n: 1 })),
  );
  old.create("a", ctx);
  const second = new MemoryBackend(new Map([["s\0", old]]), 1_000);
  const spec = state(() => ({ n: 2 }));
  const table = second.table<unknown>(ID, spec);
  expect([table, table.spec as unknown]).toEqual([old, spec]);
  expect(table.create("b", ctx).value).toEqual({ n: 2 });
  expect(second.table({ step: "other", namespace: "" }, spec).size).toBe(0);
});

test("a ttl that came or went counts from the takeover on", () => {
  const plain = state(() => ({ n: 1 }));
  const table = new MemoryTable<unknown>(ID, plain);
  table.create("a", ctx);
  const mortal = state(() => ({ n: 1 }), { ttl: { after: "10s" } });
  table.rebind(mortal, 50_000);
  const entry = table.find("a")!;
  expect([table.expiry!.isOver(entry, 59_999), table.expiry!.isOver(entry, 60_000)]).toEqual([
    false,
    true,
  ]);
  table.now = 70_000;
  expect(table.sweep(10)).toBe(false);
  expect(table.size).toBe(0);
  table.create("b", ctx);
  table.rebind(plain, 80_000);
  expect([table.expiry, table.size]).toEqual([undefined, 1]);
});

test("a ttl that became longer or shorter counts from each key's last touch", () => {
  const ttl = (after: `${number}s`) => state(() => ({ n: 1 }), { ttl: { after } });
  const table = new MemoryTable<unknown>(ID, ttl("10s"));
  table.now = 1_000;
  table.create("a", ctx);
  table.rebind(ttl("2s"), 1_500);
  expect(table.expiry!.isOver(table.find("a")!, 2_999)).toBe(false);
  expect(table.expiry!.isOver(table.find("a")!, 3_000)).toBe(true);
});
