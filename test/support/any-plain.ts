/** Arbitrary plain data for property tests, and a comparison that sees the order of fields. */
import * as fc from "fast-check";

export const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 120 }),
  fc.string({ maxLength: 30 }),
  // Any units, so that half a surrogate pair is among them.
  fc
    .array(fc.nat({ max: 0xffff }), { maxLength: 100 })
    .map((units) => String.fromCharCode(...units)),
);
export const anyLeaf = fc.oneof(
  anyText,
  fc.double(),
  fc.integer(),
  fc.constantFrom(-0, 0, 2 ** 31, -(2 ** 31), 2 ** 53, NaN, Infinity, -Infinity, 0.1),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array(),
  fc.float64Array(),
);
const anyName = fc.oneof(anyText, fc.constantFrom("__proto__", "constructor", "7", "", "a", "b"));

export const { value: anyPlain } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    anyLeaf,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(anyName, tie("value"), { maxKeys: 6 }),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 4 }).map((all) => new Map(all)),
    fc.array(tie("value"), { maxLength: 4 }).map((all) => new Set(all)),
  ),
}));

/** Lists instead of objects, maps and sets, which `toStrictEqual` compares in any order. */
export function inOrder(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Map) return ["Map", ...[...value].map((pair) => pair.map(inOrder))];
  if (value instanceof Set) return ["Set", ...[...value].map(inOrder)];
  if (Array.isArray(value)) return value.map(inOrder);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const fields = Object.entries(value).map(([key, inner]) => [key, inOrder(inner)]);
  return [prototype === null ? "bare" : "object", ...fields];
}
