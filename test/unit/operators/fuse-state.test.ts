/** The generated code that finds the state of a key, run by itself. */
import { expect, test } from "bun:test";
import type { StepContext } from "../../../src/model/context.ts";
import { NO_NUMBER } from "../../../src/model/source.ts";
import type { StateSpec } from "../../../src/model/state-spec.ts";
import { CodeScope } from "../../../src/operators/fuse-scope.ts";
import { findCode } from "../../../src/operators/fuse-state.ts";
import type { StepRuntime } from "../../../src/operators/step-runtime.ts";
import { MemoryTable } from "../../../src/state/memory-backend.ts";

type Find = (k: unknown, m: number, found: unknown[]) => unknown;

function table(ttlMs?: number): MemoryTable<unknown> {
  const spec: StateSpec<unknown> = { kind: "value", init: () => ({ n: 0 }), version: 1 };
  const ttl = ttlMs === undefined ? {} : { ttl: { afterMs: ttlMs, time: "event" as const } };
  return new MemoryTable({ step: "step", namespace: "" }, { ...spec, ...ttl });
}

/** The code for a step, as a function of what is in hand where it stands. */
function compile(scope: CodeScope, of: MemoryTable<unknown>): Find {
  const runtime = { step: { id: 1 }, table: of } as unknown as StepRuntime;
  const code = findCode(scope, runtime, "k");
  const names = ["k", "m", "found", "C", "S", "c1", ...Object.keys(scope.bindings)];
  // oxlint-disable-next-line typescript/no-implied-eval -- what is tested is generated code
  const run = new Function(...names, `${code}\nreturn n;`) as (...values: unknown[]) => unknown;
  const [control, time, ctx] = [{ accesses: 1 }, { time: 5 }, {} as StepContext];
  return (k, m, found) =>
    run(k, m, found, control, time, ctx, ...Object.values<unknown>(scope.bindings));
}

function scopeOf(numbered: string | undefined): CodeScope {
  const scope = new CodeScope({} as never, false);
  scope.numbered = numbered;
  return scope;
}

test("a key is found by its number, once it was found by itself", () => {
  const scope = scopeOf("");
  const all = table();
  const find = compile(scope, all);
  expect(scope.numbered).toBe("T1");
  const found: unknown[] = [];
  const a = find("a", 3, found);
  expect(a).toBe(all.find("a"));
  expect(found[3]).toBe(a);
  // The key is not looked at.
  expect(find("not a", 3, found)).toBe(a);
  expect(find("a", 4, found)).toBe(a);
  expect(find("b", NO_NUMBER, found)).toBe(all.find("b"));
  expect(find(["a", 1], NO_NUMBER, found)).toBe(all.find(["a", 1]));
  expect(found).toHaveLength(5);
});

test("a key whose entry is gone is looked up, and found by its number again", () => {
  const all = table();
  const find = compile(scopeOf(""), all);
  const found: unknown[] = [];
  const first = find("a", 0, found);
  all.remove("a");
  const second = find("a", 0, found);
  expect(second).not.toBe(first);
  expect([second, found[0]]).toEqual([all.find("a"), second]);
});

test("what is found by its number is marked in each epoch, too", () => {
  const all = table();
  const find = compile(scopeOf(""), all);
  const found: unknown[] = [];
  find("a", 0, found);
  all.barrier(1);
  all.barrier(2);
  find("a", 0, found);
  find("a", 0, found);
  expect(all.barrier(3).changed.map(({ key }) => key)).toEqual(["a"]);
});

test.each([
  ["a second step behind the exchange", "T0", undefined],
  ["a step that is not behind it", undefined, undefined],
  ["state that expires", "", 100],
])("%s looks its keys up", (_, numbered, ttlMs) => {
  const scope = scopeOf(numbered);
  const all = table(ttlMs);
  const find = compile(scope, all);
  const found: unknown[] = [];
  expect(find("a", 0, found)).toBe(all.find("a"));
  expect(find("b", 0, found)).toBe(all.find("b"));
  expect(found).toEqual([]);
  expect(scope.numbered).toBe(numbered);
});
