import { expect, test } from "bun:test";
import { AssertionError, assert, must, unreachable } from "../../../src/base/assert.ts";

test("assert throws its message exactly when the condition does not hold", () => {
  expect(() => assert(true, "fine")).not.toThrow();
  expect(() => assert(0, "a task has a channel")).toThrow(
    new AssertionError("a task has a channel"),
  );
});

test("must gives what is there, also 0 and the empty text, and names what is missing", () => {
  expect(must(0, "count")).toBe(0);
  expect(must("", "text")).toBe("");
  expect(() => must(undefined, "channel 3")).toThrow("channel 3 is missing");
  expect(() => must(null, "channel 3")).toThrow(AssertionError);
});

test("unreachable shows the value that came all the same", () => {
  expect(() => unreachable({ kind: "new" } as never)).toThrow('unreachable: {"kind":"new"}');
});
