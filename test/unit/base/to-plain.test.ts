import { expect, test } from "bun:test";
import { hasToPlain, TO_PLAIN, toObject } from "../../../src/base/to-plain.ts";

test("an object that stands for plain data gives it, any other is copied", () => {
  const view = { [TO_PLAIN]: () => ({ a: 1 }) };
  expect(hasToPlain(view)).toBe(true);
  expect(toObject(view) as object).toEqual({ a: 1 });
  const plain = { a: 1 };
  expect(hasToPlain(plain)).toBe(false);
  expect(toObject(plain)).toEqual(plain);
  expect(toObject(plain)).not.toBe(plain);
});
