import { expect, test } from "bun:test";
import type { StepContext } from "../../../src/model/context.ts";
import type { Key } from "../../../src/model/key.ts";
import { KeyMemo } from "../../../src/model/source.ts";
import type { StateSpec } from "../../../src/model/state-spec.ts";
import { GONE_MAX } from "../../../src/state/found-by-number.ts";
import { MemoryTable } from "../../../src/state/memory-backend.ts";
import { coldOf } from "../../support/cold.ts";

const TTL_MS = 1_000;
const ctx = {} as StepContext;

function table(ttl = true): MemoryTable<{ n: number }> {
  const spec: StateSpec<{ n: number }> = {
    kind: "value",
    init: () => ({ n: 0 }),
    version: 1,
    ...(ttl ? { ttl: { afterMs: TTL_MS, time: "processing" } } : {}),
  };
  return new MemoryTable({ step: "step", namespace: "" }, spec);
}

test("keys of every type are found as themselves; arrays by their parts", () => {
  const keys = [1, "1", true, "true", ["a", 1], ["a", "1"], [], ""];
  const all = table(false);
  for (const key of keys) all.access(key, 0, ctx);
  expect(all.size).toBe(keys.length);
  expect(all.access(-0, 0, ctx)).toBe(all.access(0, 0, ctx));
  expect(all.find(["a", 1])).toBe(all.access(["a", 1], 0, ctx));
  all.remove(["a", 1]);
  expect(all.find(["a", 1])).toBeUndefined();
  expect(all.size).toBe(keys.length);
});

test("an expired key starts afresh, swept or not", () => {
  const all = table();
  all.access("a", 0, ctx).value.n = 5;
  all.now = TTL_MS - 1;
  expect(all.access("a", 0, ctx).value.n).toBe(5);
  all.now += TTL_MS;
  expect(all.access("a", 0, ctx).value.n).toBe(0);
});

test("a key that was forgotten and made again is not dropped for its first life", () => {
  const all = table();
  all.forget(all.access("a", 0, ctx).key);
  all.now = 900;
  const again = all.access("a", 0, ctx);
  again.value.n = 7;
  all.now = 1_500;
  while (all.sweep(10));
  expect(all.find("a")).toBe(again);
  all.now = 5_000;
  while (all.sweep(10));
  expect(all.size).toBe(0);
});

test("an entry that was taken out and put back is looked at once a ttl", () => {
  const all = table();
  const entry = all.access("a", 0, ctx);
  for (let i = 0; i < 5; i++) {
    all.remove("a");
    all.put(entry);
  }
  all.now = 900;
  all.access("a", 0, ctx);
  all.now = 1_100;
  // It is moved to the bucket of its touch; one look is enough for one entry.
  expect(all.sweep(1)).toBe(false);
  expect(all.find("a")).toBe(entry);
});

test("what changed since a barrier is told by entry; what is gone, by key", () => {
  const all = table(false);
  all.barrier(1);
  const a = all.access("a", 0, ctx);
  all.access("b", 0, ctx);
  const first = all.barrier(2);
  expect(first.changed.map(({ key }) => key)).toEqual(["a", "b"]);
  expect(first.removed).toEqual([]);
  all.remove("a");
  expect(all.barrier(3)).toEqual({ changed: [], removed: ["a"] });
  expect(a.isGone).toBe(true);
});

test("what a failed call made or took out is not told", () => {
  const all = table(false);
  const kept = all.access("kept", 0, ctx);
  all.barrier(1);
  all.forget(all.access("made", 0, ctx).key);
  all.access("kept", 0, ctx);
  all.remove("kept");
  all.put(kept);
  const { changed, removed } = all.barrier(2);
  expect(changed).toEqual([kept]);
  expect(removed).toEqual([]);
});

test("entries that go are forgotten by their numbers when there are some, and gone before", () => {
  const all = table(false);
  const numbers = { memo: new KeyMemo(), edition: 1, numbers: new Uint16Array(0) };
  const a = all.access("a", 0, ctx);
  all.foundBy(numbers)[0] = a;
  all.remove("a");
  expect(a.isGone).toBe(true);
  for (let i = 1; i < GONE_MAX; i++) {
    all.access("b", 0, ctx);
    all.remove("b");
  }
  expect(all.foundBy(numbers)).toEqual([undefined]);
});

test("what waits as bytes is there for whoever asks, and marked when it may change", () => {
  const keys = ["a", "b", "c", 1, true];
  const all = table(false);
  all.cold = coldOf([keys.map((key, n) => ({ key, n }))]);
  all.swap(1);
  expect(all.size).toBe(5);
  expect(all.access("a", 0, ctx).value).toEqual({ n: 0 });
  // As compiled chains ask, which look for entries themselves.
  expect(all.create("b", ctx).value).toEqual({ n: 1 });
  expect(all.find("c")!.value).toEqual({ n: 2 });
  all.remove(1);
  expect([all.size, all.find(1)]).toEqual([4, undefined]);
  const { changed, removed } = all.barrier(2);
  expect(changed.map(({ key }) => key)).toEqual(["a", "b"]);
  expect(removed).toEqual([1]);
  const left = new Set(Array.from(all.entries(), ({ key }) => key));
  expect(left).toEqual(new Set<Key>(["a", "b", "c", true]));
  expect(all.size).toBe(4);
  expect(all.cold).toBeUndefined();
});
