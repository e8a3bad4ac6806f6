/** What JSON would lose or change without a word, found before it is written. */
import { userError } from "../base/errors.ts";
import { PLAIN_DEPTH_MAX } from "../model/limits.ts";

/**
 * Passes values that JSON keeps.
 * @throws {WallarooError} `not_json` with the path of the first value that it would not keep
 */
export function checkJson(value: unknown): void {
  if (value === undefined) throw notJson("undefined", "");
  check(value, undefined, 0);
}

/** The way to a value, from the value up; made only on the way down, read only for an error. */
interface Path {
  readonly up: Path | undefined;
  readonly key: string | number;
}

function check(value: unknown, path: Path | undefined, depth: number): void {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "undefined":
      break;
    case "number":
      if (!Number.isFinite(value)) throw notJson(String(value), pathText(path));
      break;
    case "object":
      if (value !== null) checkObject(value, path, depth);
      break;
    default:
      throw notJson(`a ${typeof value}`, pathText(path));
  }
}

function checkObject(value: object, path: Path | undefined, depth: number): void {
  if (depth === PLAIN_DEPTH_MAX) {
    throw notJson(`nested deeper than ${PLAIN_DEPTH_MAX}, or in a circle`, pathText(path));
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      const here = { up: path, key: i };
      if (item === undefined) throw notJson("undefined in an array", pathText(here));
      check(item, here, depth + 1);
    }
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    const name = lostByJson(value);
    if (name !== undefined) throw notJson(name, pathText(path));
  }
  if ("toJSON" in value && typeof value.toJSON === "function") {
    check(value.toJSON(""), path, depth + 1);
    return;
  }
  for (const key in value) {
    // JSON writes own fields only.
    if (!Object.hasOwn(value, key)) continue;
    const field = (value as Record<string, unknown>)[key];
    // A field that is no object needs no path unless it is refused.
    if (typeof field === "number" && Number.isFinite(field)) continue;
    check(field, { up: path, key }, depth + 1);
  }
}

/** The name of a built-in class whose content JSON does not write, or writes as something else. */
function lostByJson(value: object): string | undefined {
  if (value instanceof Date) return "a Date (write date.getTime() or date.toISOString())";
  if (value instanceof Map) return "a Map (write Object.fromEntries(map) or [...map])";
  if (value instanceof Set) return "a Set (write [...set])";
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return "bytes (write bytes.toBase64() or [...bytes])";
  }
  if (value instanceof RegExp) return "a RegExp";
  if (value instanceof Error) return "an Error (write error.message)";
  if (value instanceof Promise) return "a Promise";
  if (value instanceof WeakMap || value instanceof WeakSet) return "a weak collection";
  return undefined;
}

function pathText(path: Path | undefined): string {
  if (path === undefined) return "";
  const above = pathText(path.up);
  if (typeof path.key === "number") return `${above}[${path.key}]`;
  return above === "" ? path.key : `${above}.${path.key}`;
}

function notJson(what: string, path: string): Error {
  return userError("not_json", `${path === "" ? "the record" : path} is ${what}: JSON loses it`);
}
