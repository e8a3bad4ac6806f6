import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { z } from "zod";
import { ByteWriter } from "../../../src/base/bytes.ts";
import { fixed } from "../../../src/codec/fixed.ts";
import { json } from "../../../src/codec/json.ts";
import type { StandardSchemaV1 } from "../../../src/codec/schema.ts";

const any = json();
const quote = json(z.object({ symbol: z.string(), sides: z.array(z.object({ bid: z.number() })) }));

function encoded(value: unknown): Uint8Array {
  const writer = new ByteWriter();
  any.encode(value, writer);
  return writer.take();
}

function decoded(text: string, codec = any): unknown {
  const bytes = Buffer.from(text);
  return codec.decode(bytes, 0, bytes.length);
}

test("what JSON keeps comes back", () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const bytes = encoded(value);
      // -0 is written as 0, as JSON has it.
      expect(any.decode(bytes, 0, bytes.length)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test.each([
  ["a.b[1] is a bigint", { a: { b: [1, 2n] } }],
  ["at is a Date", { at: new Date(0) }],
  ["m is a Map", { m: new Map() }],
  ["[0] is a Set", [new Set()]],
  ["n is NaN", { n: Number.NaN }],
  ["n.deep is -Infinity", { n: { deep: -Infinity } }],
  ["[0] is undefined in an array", [undefined]],
  ["the record is undefined", undefined],
  ["the record is a function", () => 1],
  ["s is a symbol", { s: Symbol("x") }],
  ["b is bytes", { b: Uint8Array.of(1) }],
  ["e is an Error", { e: new Error("x") }],
])("JSON would lose it, so it is refused: %s", (message, value) => {
  expect(() => encoded(value)).toThrow(message);
});

test("a circle is refused", () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  expect(() => encoded(circle)).toThrow("or in a circle");
});

test("a field that is undefined is left out, and toJSON is honoured and checked", () => {
  expect(Buffer.from(encoded({ a: undefined, b: 1 })).toString()).toBe('{"b":1}');
  expect(Buffer.from(encoded({ toJSON: () => ({ x: 1 }) })).toString()).toBe('{"x":1}');
  expect(() => encoded({ a: { toJSON: () => ({ x: 1n }) } })).toThrow("a.x is a bigint");
});

test("a view of a fixed layout is written with its fields", () => {
  const codec = fixed({ symbol: "text2", n: "u8" });
  const view = codec.decode(Uint8Array.of(65, 66, 7), 0, 3);
  expect(Buffer.from(encoded({ view })).toString()).toBe('{"view":{"symbol":"AB","n":7}}');
});

test("a schema gives the value, typed", () => {
  const value = quote.decode(Buffer.from('{"symbol":"A","sides":[{"bid":1}]}'), 0, 34);
  const symbol: string = value.symbol;
  expect(symbol).toBe("A");
  expect(value.sides[0]?.bid).toBe(1);
});

test("what does not fit the schema tells path and message of each issue", () => {
  const text = '{"symbol":7,"sides":[{"bid":1},{"bid":"x"}]}';
  expect(() => decoded(text, quote)).toThrow(
    /does not fit the schema: symbol: .*; sides\[1\]\.bid: /,
  );
});

test("many issues are counted, not all told", () => {
  const schema: StandardSchemaV1 = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: () => ({
        issues: Array.from({ length: 8 }, (_, i) => ({ message: `no ${i}`, path: [{ key: i }] })),
      }),
    },
  };
  expect(() => decoded("1", json(schema))).toThrow("[4]: no 4; and 3 more");
});

test("a schema that checks asynchronously is refused with what to do", () => {
  const schema = z.string().refine(() => Promise.resolve(true));
  const wrapped: StandardSchemaV1 = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => schema.parseAsync(value).then((text) => ({ value: text })),
    },
  };
  expect(() => decoded('"x"', json(wrapped))).toThrow("a codec cannot wait");
  expect(() => decoded("7", json(wrapped))).toThrow("a codec cannot wait");
});

test("bytes that are no JSON are shown in the error, cut short", () => {
  expect(() => decoded('{"a":')).toThrow(/^not JSON: .* in "\{\\"a\\":"$/);
  expect(() => decoded("x".repeat(9_000))).toThrow(/^.{1,700}$/);
  expect(() => decoded("")).toThrow("not JSON");
  expect(() => any.decode(Uint8Array.of(0x22, 0xff, 0x22), 0, 3)).toThrow("not UTF-8");
});
