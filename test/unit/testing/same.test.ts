import { expect, test } from "bun:test";
import { codeOf } from "../../support/connector-context.ts";
import { check, checkSame, difference } from "../../../src/testing/same.ts";

const VALUE = {
  text: "a",
  list: [1, { deep: [true, null] }],
  map: new Map([["k", { n: 1 }]]),
  set: new Set([1, 2]),
  bytes: new Uint8Array([1, 2]),
  date: new Date(5),
  nan: Number.NaN,
};

test("a copy does not differ", () => {
  expect(difference(structuredClone(VALUE), VALUE)).toBeUndefined();
});

test.each([
  [{ ...VALUE, text: "b" }, 'text: "b", expected "a"'],
  [{ ...VALUE, list: [1, { deep: [true, 0] }] }, "list[1].deep[1]: 0, expected null"],
  [{ ...VALUE, list: [1] }, 'list[1]: missing, expected {"deep":[true,null]}'],
  [{ ...VALUE, map: new Map([["k", { n: 2 }]]) }, 'map["k"].n: 2, expected 1'],
  [{ ...VALUE, set: new Set([1, 3]) }, "set[1]: 3, expected 2"],
  [{ ...VALUE, bytes: new Uint8Array([1, 3]) }, "bytes[1]: 3, expected 2"],
  [{ ...VALUE, date: new Date(6) }, "date.time: 6, expected 5"],
  [{ ...VALUE, more: 1 }, "more: 1, expected nothing"],
  [{ ...VALUE, list: {} }, 'list: {}, expected [1,{"deep":[true,null]}]'],
  [7, '7, expected {"text"'],
])("the first difference is told: %#", (actual, text) => {
  expect(difference(actual, VALUE)).toStartWith(text);
});

test("a check that does not hold says what it was about", async () => {
  check(true, "fine");
  checkSame([1], [1], "the list");
  expect(() => checkSame([1], [2], "the list")).toThrow("the list: [0]: 1, expected 2");
  expect(await codeOf(() => check(false, "wrong"))).toBe("contract");
});
