import { expect, test } from "bun:test";
import { committablesOf } from "../../../src/worker/committables.ts";

test("what sinks prepared is named by connection or by target", () => {
  const one = { sink: "out", kind: "connections", connections: [4] } as const;
  expect(committablesOf(one, { temp: "x" })).toEqual([
    { sink: "out", target: undefined, index: 4, pending: { temp: "x" } },
  ]);
  const two = { sink: "out", kind: "connections", connections: [4, 7] } as const;
  expect(committablesOf(two, [{ index: 1, pending: "p" }])).toEqual([
    { sink: "out", target: undefined, index: 7, pending: "p" },
  ]);
  const each = { sink: "out", kind: "each", connections: [] } as const;
  expect(committablesOf(each, [{ target: "a", pending: 1 }])).toEqual([
    { sink: "out", target: "a", index: 0, pending: 1 },
  ]);
});
