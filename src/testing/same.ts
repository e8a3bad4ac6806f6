/** Whether two plain values are the same, and where they first differ. */
import { WallarooError } from "../base/errors.ts";
import { plainText } from "../base/plain.ts";

const TEXT_MAX = 200;

/** The first place at which two values differ, as `a.b[3]: 1, expected 2`; undefined when none. */
export function difference(actual: unknown, expected: unknown, path = ""): string | undefined {
  if (Object.is(actual, expected)) return undefined;
  const [a, b] = [kindOf(actual), kindOf(expected)];
  if (a !== b || a === "primitive") return differs(path, actual, expected);
  if (Array.isArray(actual) && Array.isArray(expected) && actual.length === expected.length) {
    return firstDifference(actual, expected, path);
  }
  const [left, right] = [partsOf(actual as object), partsOf(expected as object)];
  for (const [name, value] of right) {
    const inner = path === "" ? name : `${path}${name.startsWith("[") ? "" : "."}${name}`;
    if (!left.has(name)) return `${inner}: missing, expected ${plainText(value, TEXT_MAX)}`;
    const found = difference(left.get(name), value, inner);
    if (found !== undefined) return found;
  }
  for (const [name, value] of left) {
    if (!right.has(name)) return `${path}${name}: ${plainText(value, TEXT_MAX)}, expected nothing`;
  }
  return undefined;
}

/** Of lists of one length, which may be long: without a name for each of what they hold. */
function firstDifference(
  actual: readonly unknown[],
  expected: readonly unknown[],
  path: string,
): string | undefined {
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i])) continue;
    const found = difference(actual[i], expected[i], `${path}[${i}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @throws {WallarooError} `contract`, saying what differs */
export function checkSame(actual: unknown, expected: unknown, what: string): void {
  const found = difference(actual, expected);
  check(found === undefined, `${what}: ${found}`);
}

/** @throws {WallarooError} `contract` when `holds` is false */
export function check(holds: boolean, text: string): asserts holds {
  if (!holds) throw new WallarooError("contract", text, { domain: "user" });
}

function differs(path: string, actual: unknown, expected: unknown): string {
  const text = `${plainText(actual, TEXT_MAX)}, expected ${plainText(expected, TEXT_MAX)}`;
  return path === "" ? text : `${path}: ${text}`;
}

function kindOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return "primitive";
  if (Array.isArray(value)) return "array";
  if (ArrayBuffer.isView(value)) return "bytes";
  return value instanceof Date || value instanceof Map || value instanceof Set
    ? value.constructor.name
    : "object";
}

/** The parts of a value by the names that a message gives them. */
function partsOf(value: object): ReadonlyMap<string, unknown> {
  if (value instanceof Date) return new Map([["time", value.getTime()]]);
  if (value instanceof Map) {
    return new Map([...value].map(([key, inner]) => [`[${plainText(key, TEXT_MAX)}]`, inner]));
  }
  const list =
    value instanceof Set
      ? [...(value as Set<unknown>)]
      : ArrayBuffer.isView(value)
        ? [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)]
        : Array.isArray(value)
          ? (value as unknown[])
          : undefined;
  if (list !== undefined) return new Map(list.map((inner, i) => [`[${i}]`, inner]));
  return new Map(Object.entries(value));
}
