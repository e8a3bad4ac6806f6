import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { ByteWriter } from "../../src/base/bytes.ts";
import { WallarooError } from "../../src/base/errors.ts";
import { plain } from "../../src/codec/plain.ts";
import { readPlain } from "../../src/codec/plain-read.ts";

function encoded(value: unknown): Uint8Array {
  const writer = new ByteWriter(1);
  plain.encode(value, writer);
  return writer.take();
}

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 90 }),
  fc.string({ maxLength: 30 }),
  // Any units, so that half a surrogate pair is among them.
  fc
    .array(fc.nat({ max: 0xffff }), { maxLength: 30 })
    .map((units) => String.fromCharCode(...units)),
);
const leaf = fc.oneof(
  text,
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(-0, 0, 127, 128, -1, 2 ** 53 - 1, 1 - 2 ** 53, 2 ** 53, NaN, Infinity, -Infinity),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array(),
  fc.int16Array(),
  fc.float64Array(),
  fc.bigUint64Array(),
  fc.uint8Array().map((bytes) => bytes.slice().buffer),
);
const name = fc.oneof(text, fc.constantFrom("__proto__", "constructor", "toString", "7", ""));
const { value: anyPlain } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(name, tie("value"), { maxKeys: 6 }),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 4 }).map((all) => new Map(all)),
    fc.array(tie("value"), { maxLength: 4 }).map((all) => new Set(all)),
  ),
}));

/** Lists instead of objects, maps and sets, which `toStrictEqual` compares in any order. */
function inOrder(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Map) return ["Map", ...[...value].map((pair) => pair.map(inOrder))];
  if (value instanceof Set) return ["Set", ...[...value].map(inOrder)];
  if (Array.isArray(value)) return value.map(inOrder);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const fields = Object.entries(value).map(([key, inner]) => [key, inOrder(inner)]);
  return [prototype === null ? "bare" : "object", ...fields];
}

test("plain data comes back as it was, with the order of its fields and its prototypes", () => {
  fc.assert(
    fc.property(anyPlain, fc.nat({ max: 3 }), (value, before) => {
      const bytes = encoded(value);
      const chunk = Buffer.concat([Buffer.alloc(before, 1), bytes, Buffer.alloc(2, 1)]);
      const back = plain.decode(chunk, before, before + bytes.length);
      expect(inOrder(back)).toStrictEqual(inOrder(value));
      expect(encoded(back)).toEqual(bytes);
    }),
    { numRuns: 400 },
  );
});

test("bytes that were cut or changed are a value or an error, never anything else", () => {
  fc.assert(
    fc.property(anyPlain, fc.nat(), fc.nat({ max: 255 }), fc.nat(), (value, at, byte, cut) => {
      const bytes = encoded(value);
      bytes[at % bytes.length] = byte;
      decodeOrError(bytes.subarray(0, cut % (bytes.length + 1)));
      decodeOrError(bytes);
    }),
    { numRuns: 400 },
  );
});

test("garbage is a value or an error, never anything else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => decodeOrError(bytes)),
    { numRuns: 2_000 },
  );
});

/** What decodes can be encoded again, so no half-made thing comes out. */
function decodeOrError(bytes: Uint8Array): void {
  let value: unknown;
  try {
    value = readPlain(bytes, 0, bytes.length);
  } catch (error) {
    expect(error).toBeInstanceOf(WallarooError);
    return;
  }
  encoded(value);
}
