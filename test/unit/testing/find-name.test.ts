import { expect, test } from "bun:test";
import { codeOf } from "../../support/connector-context.ts";
import { findNamed, unknownName } from "../../../src/testing/find-name.ts";

const all = new Map([
  ["orders", 1],
  ["quotes", 2],
]);

test("what is there is found, and what is not is told with what there is", async () => {
  expect(findNamed("source", "quotes", all)).toBe(2);
  expect(await codeOf(() => findNamed("source", "trades", all))).toBe("bad_test");
  expect(unknownName("source", "order", all).message).toBe(
    'the app has no source "order" (it has: orders, quotes); did you mean "orders"?',
  );
  expect(unknownName("sink", "x", new Map()).message).toBe('the app has no sink "x" (it has none)');
});
