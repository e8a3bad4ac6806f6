import { expect, test } from "bun:test";
import { weaker } from "../../../src/model/sink.ts";

test("who reads from two can rely on the weaker promise", () => {
  expect(weaker("exactly-once", "at-least-once")).toBe("at-least-once");
  expect(weaker("at-most-once", "at-least-once")).toBe("at-most-once");
  expect(weaker("exactly-once", "exactly-once")).toBe("exactly-once");
});
