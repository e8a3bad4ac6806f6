/**
 * Plain data: what may be a record, a key or a state. Objects without a class, arrays, strings,
 * numbers, booleans, bigint, null, undefined, Date, Map, Set, ArrayBuffer and typed arrays.
 */
import { messageOf } from "./errors.ts";

import { hasToPlain, TO_PLAIN } from "./to-plain.ts";

const DEPTH_MAX = 64;

/** The first thing in `value` that is not plain, as `path: what`; undefined when all is. */
export function notPlain(value: unknown, path = "", depth = 0): string | undefined {
  switch (typeof value) {
    case "function":
      return `${path || "value"}: a function`;
    case "symbol":
      return `${path || "value"}: a symbol`;
    case "object":
      break;
    default:
      return undefined;
  }
  if (value === null) return undefined;
  if (depth > DEPTH_MAX) return `${path}: deeper than ${DEPTH_MAX} levels (a cycle?)`;
  if (hasToPlain(value)) return undefined;
  const proto: unknown = Object.getPrototypeOf(value);
  if (proto === Object.prototype || proto === null) {
    const fields = value as Record<string, unknown>;
    for (const field in fields) {
      const inner = fields[field];
      if (typeof inner !== "object" && typeof inner !== "function" && typeof inner !== "symbol") {
        continue;
      }
      const found = notPlain(inner, path === "" ? field : `${path}.${field}`, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (Array.isArray(value)) return firstNotPlain(value, path, depth);
  if (value instanceof Date || ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return undefined;
  }
  if (value instanceof Map) {
    return firstNotPlain(value.keys(), path, depth) ?? firstNotPlain(value.values(), path, depth);
  }
  if (value instanceof Set) return firstNotPlain(value, path, depth);
  const name = (proto as { constructor?: { name?: string } }).constructor?.name ?? "a class";
  return `${path || "value"}: an instance of ${name}`;
}

function firstNotPlain(values: Iterable<unknown>, path: string, depth: number): string | undefined {
  let index = 0;
  for (const inner of values) {
    const found = notPlain(inner, `${path}[${index}]`, depth + 1);
    if (found !== undefined) return found;
    index++;
  }
  return undefined;
}

/** A deep copy of plain data. */
export function copyPlain<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copy);
  if (hasToPlain(value)) return value[TO_PLAIN]();
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof Map) {
    return new Map([...value].map(([key, inner]) => [copy(key), copy(inner)]));
  }
  if (value instanceof Set) return new Set([...value].map(copy));
  if (value instanceof ArrayBuffer) return value.slice();
  if (ArrayBuffer.isView(value)) return copyView(value);
  const result: Record<string, unknown> = {};
  for (const field of Object.keys(value)) {
    const inner = copy((value as Record<string, unknown>)[field]);
    if (field === "__proto__") {
      Object.defineProperty(result, field, { value: inner, enumerable: true, writable: true });
    } else {
      result[field] = inner;
    }
  }
  return result;
}

/** Only the bytes in view: a structured clone would copy the whole memory below. */
function copyView(view: ArrayBufferView): unknown {
  const { buffer, byteOffset, byteLength } = view;
  if (view instanceof DataView)
    return new DataView(buffer.slice(byteOffset, byteOffset + byteLength));
  return (Uint8Array.prototype.slice as (this: ArrayBufferView) => unknown).call(view);
}

/** Freezes plain data all the way down, so that a test finds whoever changes it. */
export function freezePlain<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || hasToPlain(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) freezePlain(inner);
  return value;
}

/** A value for a message: JSON where it can be, cut at `max` characters. */
export function plainText(value: unknown, max: number): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value, (_, inner: unknown) => {
      if (typeof inner === "bigint") return `${inner}n`;
      if (inner instanceof Map || inner instanceof Set) return [...(inner as Iterable<unknown>)];
      if (inner instanceof Uint8Array) return `bytes ${hex(inner)}`;
      return inner;
    });
  } catch {
    text = undefined; // A cycle, or a toJSON that throws: the plain text below is all we have.
  }
  text ??= messageOf(value);
  return text.length <= max ? text : `${text.slice(0, max)}... (${text.length} characters)`;
}

/** The first bytes as hexadecimal digits. */
export function hex(bytes: Uint8Array, max = 32): string {
  const shown = Array.from(bytes.subarray(0, max), (byte) => byte.toString(16).padStart(2, "0"));
  return shown.join("") + (bytes.length > max ? `... (${bytes.length} bytes)` : "");
}

/** Bytes as a person would read them: a text where they are one, else hexadecimal digits. `quote`:
 *  what stands around a text where it is not told apart otherwise. */
export function bytesText(
  bytes: Uint8Array,
  quote: (text: string) => string = JSON.stringify,
  max = 100,
): string {
  try {
    // A character may be cut in two at the end: `stream` leaves it out.
    const decoder = new TextDecoder("utf-8", { fatal: true });
    const text = decoder.decode(bytes.subarray(0, max), { stream: true });
    if (text !== "" && !/[^\P{Cc}\t\r\n]/u.test(text)) {
      return quote(text) + (bytes.length > max ? `... (${bytes.length} bytes)` : "");
    }
  } catch {
    // No UTF-8: the digits below.
  }
  return bytes.length === 0 ? "none" : `hex ${hex(bytes)}`;
}
