import { expect, test } from "bun:test";
import { mapState, state } from "../../../src/api/mod.ts";
import type { StateSpec } from "../../../src/model/state-spec.ts";
import { isOwnOutput, ownOutput } from "../../../src/operators/own-state.ts";
import { EntryList, EntryMap } from "../../../src/state/entry-map.ts";

const one = state(() => ({ n: 0 })) as StateSpec<unknown>;
const several = { kind: "several", version: 1, parts: [] } as StateSpec<unknown>;

test("the state is copied, and so is one of several; a part within one is not", () => {
  const value = { n: 1, inner: { m: 2 } };
  expect(ownOutput(value, value, one)).toEqual(value);
  expect(ownOutput(value, value, one)).not.toBe(value);
  expect(ownOutput(value.inner, value, one)).toBe(value.inner);
  const states = { a: value, b: { n: 2 } };
  expect(isOwnOutput(states.b, states, several)).toBe(true);
  expect(ownOutput(states.b, states, several)).not.toBe(states.b);
  expect(isOwnOutput({ n: 2 }, states, several)).toBe(false);
  expect(isOwnOutput(5, 5, one)).toBe(false);
  expect(isOwnOutput(null, null, one)).toBe(false);
});

test("states with entries are emitted as a plain map and a plain array", () => {
  const map = new EntryMap<{ n: number }>();
  map.set("a", { n: 1 });
  const list = new EntryList<number>();
  list.push(1);
  list.push(2);
  list.shift();
  const spec = mapState<string, { n: number }>() as unknown as StateSpec<unknown>;
  const copy = ownOutput(map, map, spec);
  expect(copy).toEqual(new Map([["a", { n: 1 }]]));
  map.get("a")!.n = 5;
  expect(copy).toEqual(new Map([["a", { n: 1 }]]));
  expect(ownOutput(list, list, spec)).toEqual([2]);
});
