import { expect, test } from "bun:test";
import { ByteWriter } from "../../../src/base/bytes.ts";
import { fixed } from "../../../src/codec/fixed.ts";
import { plain } from "../../../src/codec/plain.ts";

function encoded(value: unknown): Uint8Array {
  const writer = new ByteWriter();
  plain.encode(value, writer);
  return writer.take();
}

function back(value: unknown): unknown {
  const bytes = encoded(value);
  return plain.decode(bytes, 0, bytes.length);
}

const decodeHex = (hex: string): unknown => {
  const bytes = Uint8Array.fromHex(hex);
  return plain.decode(bytes, 0, bytes.length);
};

// Snapshots are written in this form: these bytes must never change.
test.each([
  [undefined, "00"],
  [null, "01"],
  [false, "02"],
  [true, "03"],
  [5, "85"],
  [300, "04ac02"],
  [-1, "0500"],
  [1.5, "063ff8000000000000"],
  [-0, "068000000000000000"],
  ["hi", "426869"],
  ["x".repeat(64), `0740${"78".repeat(64)}`],
  ["\ud800", "0801d800"],
  [255n, "0901ff"],
  [-256n, "0a020100"],
  [new Date(0), "0b0000000000000000"],
  [[1, []], "0c02810c00"],
  [{ a: 1 }, "0d01416181"],
  [Object.assign(Object.create(null) as object, { a: 1 }), "0e01416181"],
  [new Map([["k", 1]]), "0f01416b81"],
  [new Set([1, 2]), "10028182"],
  [new ArrayBuffer(1), "11000100"],
  [Uint8Array.of(7), "11010107"],
  [Int16Array.of(1), "1105020100"],
  [new Float16Array([1]), "110d02003c"],
])("golden vector %#: a value of each kind is written in its pinned form", (value, hex) => {
  expect(encoded(value).toHex()).toBe(hex);
  expect(decodeHex(hex)).toStrictEqual(value);
});

test.each([
  ["a.b[1] is a function", { a: { b: [1, () => 1] } }],
  ["the value is a symbol", Symbol("x")],
  ["[0].at is an instance of URL", [{ at: new URL("http://x") }]],
  ["[1] is a hole in an array", Object.assign(new Array<number>(3), { 0: 1, 2: 3 })],
  ["m[0] is a function", { m: new Map([["k", () => 1]]) }],
  ["s[1] is an instance of WeakMap", { s: new Set([1, new WeakMap()]) }],
  ["b is an instance of SharedArrayBuffer", { b: new SharedArrayBuffer(1) }],
])("refused, with its path: %s", (message, value) => {
  const writer = new ByteWriter();
  writer.u8(9);
  expect(() => plain.encode(value, writer)).toThrow(message);
  expect([...writer.take()]).toEqual([9]);
});

test("a circle is refused, nesting up to the limit is not", () => {
  const circle: unknown[] = [];
  circle.push(circle);
  expect(() => encoded(circle)).toThrow("nested deeper than 64 levels, or in a circle");
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
  expect(back(nested(64))).toEqual(nested(64));
  expect(() => encoded(nested(65))).toThrow("nested deeper");
});

test("a field named __proto__ is a field, and nobody's prototype changes", () => {
  const value = JSON.parse('{"__proto__": {"polluted": true}, "a": 1}') as object;
  const copy = back(value) as Record<string, unknown>;
  expect(Object.keys(copy)).toEqual(["__proto__", "a"]);
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  expect(copy["polluted"]).toBeUndefined();
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test("a view of memory keeps what it shows, a Buffer comes back as a Uint8Array", () => {
  const memory = new Uint8Array(1_000).fill(1);
  const part = memory.subarray(10, 13);
  expect(encoded(part).length).toBe(6);
  const copy = back(part) as Uint8Array;
  expect(copy.buffer.byteLength).toBe(3);
  expect(back(Buffer.from([1, 2]))).toStrictEqual(Uint8Array.of(1, 2));
});

test("a record that is a view of its bytes is written with its fields", () => {
  const codec = fixed({ symbol: "text2", n: "u8" });
  const record = codec.decode(Uint8Array.of(65, 66, 7), 0, 3);
  expect(back({ last: record })).toStrictEqual({ last: { symbol: "AB", n: 7 } });
});

test("a bigint of many thousand digits comes back", () => {
  const value = -(7n ** 20_000n);
  expect(back(value)).toBe(value);
});

test.each([
  ["it ends too soon", ""],
  ["it ends too soon", "42 68"],
  ["1 bytes too many", "01 01"],
  ["unknown tag 18", "12"],
  ["4398046511104 items announced, 0 bytes left", "0c 80 80 80 80 80 80 01"],
  ["items announced", "07 ff ff ff 07 41"],
  ["a number above 2^53", "04 ff ff ff ff ff ff ff ff ff"],
  ["a number above 2^53", "04 ff ff ff ff ff ff ff 1f"],
  ["a field without a name", "0d 01 85 85"],
  ["a bigint without bytes", "09 00"],
  ["an unknown kind of binary data", "11 7f 00"],
  ["3 bytes of Int16Array", "11 05 03 00 00 00"],
  ["nested deeper than 64 levels", "0c01".repeat(65) + "00"],
  ["not UTF-8", "41 ff"],
])("garbage is refused with what is wrong: %s", (message, hex) => {
  expect(() => decodeHex(hex.replaceAll(" ", ""))).toThrow(message);
});

test("names of fields of the same hash or length are not mixed up", () => {
  let wrong = 0;
  for (let i = 0; i < 20_000; i++) {
    const [key] = Object.keys(back({ [`n${i.toString(36)}`]: 1 }) as object);
    if (key !== `n${i.toString(36)}`) wrong++;
  }
  expect(wrong).toBe(0);
  expect(back({ é: 1, "e\u0301": 2 })).toStrictEqual({ é: 1, "e\u0301": 2 });
});

test("a value is read well while another one is", () => {
  const inner = encoded([1.5, "inner"]);
  const seen: unknown[] = [];
  // The only code of others that may run: a setter of all objects.
  const all: object = Object.prototype;
  Object.defineProperty(all, "whileRead", {
    set: () => {
      seen.push(plain.decode(inner, 0, inner.length));
    },
    configurable: true,
  });
  try {
    const own = { [`while${"Read"}`]: 2.5, last: "outer" };
    const bytes = encoded([own, 3.5, "end"]);
    expect(plain.decode(bytes, 0, bytes.length)).toStrictEqual([{ last: "outer" }, 3.5, "end"]);
  } finally {
    Reflect.deleteProperty(all, "whileRead");
  }
  expect(seen).toStrictEqual([[1.5, "inner"]]);
});

test("bytes that were changed, and others after an error, are read as they are", () => {
  const bytes = encoded(1.5);
  expect(plain.decode(bytes, 0, bytes.length)).toBe(1.5);
  new DataView(bytes.buffer, bytes.byteOffset).setFloat64(1, 2.5);
  expect(plain.decode(bytes, 0, bytes.length)).toBe(2.5);
  expect(() => plain.decode(bytes, 0, 4)).toThrow("it ends too soon, at byte 1 of 4");
  const other = encoded([3.5]);
  expect(plain.decode(other, 0, other.length)).toEqual([3.5]);
});
