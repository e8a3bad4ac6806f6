import { expect, test } from "bun:test";
import { TO_PLAIN, hasToPlain, toObject } from "../../../src/base/to-plain.ts";

test("a record that stands for plain data gives it, a plain one is copied", () => {
  const standIn = { [TO_PLAIN]: () => ({ price: 4 }) };
  expect(hasToPlain(standIn)).toBe(true);
  expect(toObject<object>(standIn)).toEqual({ price: 4 });
  const plain = { price: 5 };
  expect(hasToPlain(plain)).toBe(false);
  expect(toObject(plain)).toEqual(plain);
  expect(toObject(plain)).not.toBe(plain);
});
