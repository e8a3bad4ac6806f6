import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { ByteReader, ByteWriter } from "../../../src/base/bytes.ts";
import { fieldReader, NameBook } from "../../../src/codec/plain-names.ts";
import { PlainReader } from "../../../src/codec/plain-read.ts";
import { writePlain } from "../../../src/codec/plain-write.ts";
import { NAME_BOOK_LISTS_MAX, NAME_BOOK_MISSES_MAX } from "../../../src/model/limits.ts";
import { anyPlain } from "../../support/any-plain.ts";

function through(values: readonly unknown[]): { values: unknown[]; lists: number; size: number } {
  const book = new NameBook();
  const into = new ByteWriter();
  for (const value of values) book.write(value, into);
  const bytes = into.take();
  const fields = book.lists.map(fieldReader);
  const from = new ByteReader(bytes);
  const plain = new PlainReader();
  plain.open(bytes);
  const read = values.map(() => {
    const number = from.u8();
    return number === 0 ? plain.next(from) : plain.object(fields[number - 1]!, from);
  });
  expect(from.left).toBe(0);
  return { values: read, lists: book.lists.length, size: bytes.length };
}

function bytesOf(value: unknown): Uint8Array {
  const into = new ByteWriter();
  writePlain(value, into);
  return into.take();
}

test("any values come back, with their fields in order", () => {
  fc.assert(
    fc.property(fc.array(anyPlain, { maxLength: 20 }), (values) => {
      const twice = [...values, ...values];
      // As bytes, so that the order of fields counts.
      expect(bytesOf(through(twice).values)).toEqual(bytesOf(twice));
    }),
  );
});

test("names of one kind of object are written once", () => {
  const { lists, size } = through(Array.from({ length: 100 }, (_, i) => ({ n: i, total: i })));
  expect(lists).toBe(1);
  expect(size).toBe(300);
});

test("names that are data end the search, and nothing is lost", () => {
  const values = Array.from({ length: 1_000 }, (_, i) => ({ [`key ${i}`]: i }));
  const { lists, values: back } = through([...values, { n: 1 }, ...values]);
  expect(lists).toBe(NAME_BOOK_LISTS_MAX);
  expect(NAME_BOOK_MISSES_MAX).toBeLessThan(values.length);
  expect(back).toEqual([...values, { n: 1 }, ...values]);
});

test("an own field __proto__ is a field", () => {
  const value = JSON.parse('{"__proto__":1,"a":2}') as object;
  expect(Object.entries(through([value]).values[0] as object)).toEqual([
    ["__proto__", 1],
    ["a", 2],
  ]);
});

test("fields that all objects inherit are nobody's own", () => {
  const values = [{ a: 1, b: 2 }, { a: 1 }, { b: 3 }];
  const all = Object.getPrototypeOf({}) as { b?: number };
  all.b = 9;
  try {
    expect(through(values).values.map((value) => Object.entries(value as object))).toEqual(
      values.map((value) => Object.entries(value)),
    );
  } finally {
    delete all.b;
  }
});

test("objects of which one has the first fields of another are told apart", () => {
  const values = [{ a: 1, b: 2 }, { a: 1 }, { a: 1, b: 2, c: 3 }, { b: 2, a: 1 }];
  const { lists, values: back } = through([...values, ...values]);
  expect(lists).toBe(values.length);
  expect(back.map((value) => Object.entries(value as object))).toEqual(
    [...values, ...values].map((value) => Object.entries(value)),
  );
});

test("what is not plain is named by its path, and nothing is written", () => {
  const into = new ByteWriter();
  const bad = { n: 1, inner: { fn: () => 1 } };
  expect(() => new NameBook().write(bad, into)).toThrow("inner.fn is a function");
  expect(into.at).toBe(0);
});

test.each([
  ["no names", []],
  ["a name twice", ["a", "a"]],
  ["a prototype", ["__proto__"]],
  ["half a pair", ["\ud800"]],
  ["no texts", [1]],
  ["too many", Array.from({ length: 33 }, (_, i) => `n${i}`)],
])("a file with %s in a list is refused", (_, names) => {
  expect(() => fieldReader(names as string[])).toThrow("names that no object has");
});
