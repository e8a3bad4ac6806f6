/**
 * Checks that plain data is what a message says it is (pure). Closed: a field that is not known is
 * refused, as is one that is missing. What may be absent is written as undefined.
 */
/** Returns what is wrong, with its path; undefined when nothing is. */
export type Shape = (value: unknown, path: string) => string | undefined;

export const bool: Shape = (value, path) =>
  typeof value === "boolean" ? undefined : wrong(path, "true or false", value);

export function count(max: number = Number.MAX_SAFE_INTEGER, min = 0): Shape {
  return (value, path) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
      ? undefined
      : wrong(path, `a whole number from ${min} to ${max}`, value);
}

export const u32: Shape = count(0xffff_ffff);

export const finite: Shape = (value, path) =>
  typeof value === "number" && Number.isFinite(value) ? undefined : wrong(path, "a number", value);

export function text(max: number, pattern?: RegExp): Shape {
  return (value, path) => {
    if (typeof value !== "string") return wrong(path, "a text", value);
    if (value.length > max) return `${path} has ${value.length} characters, limit ${max}`;
    if (pattern === undefined || pattern.test(value)) return undefined;
    return `${path} is ${JSON.stringify(value.slice(0, 100))}, which does not fit`;
  };
}

export function bytes(max: number, min = 0): Shape {
  return (value, path) => {
    if (!(value instanceof Uint8Array)) return wrong(path, "bytes", value);
    if (value.length >= min && value.length <= max) return undefined;
    return `${path} has ${value.length} bytes, ${min} to ${max} are right`;
  };
}

export function one(...words: readonly string[]): Shape {
  return (value, path) =>
    words.includes(value as string) ? undefined : wrong(path, words.join(" or "), value);
}

export function maybe(inner: Shape): Shape {
  return (value, path) => (value === undefined ? undefined : inner(value, path));
}

export function list(inner: Shape, max: number): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) return wrong(path, "a list", value);
    if (value.length > max) return `${path} has ${value.length} entries, limit ${max}`;
    for (const [i, each] of value.entries()) {
      const problem = inner(each, `${path}[${i}]`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

/** Names that were not known before, each with a value of one shape. */
export function table(inner: Shape, max: number, nameMax = 1_000): Shape {
  return (value, path) => {
    if (!isRecord(value)) return wrong(path, "an object", value);
    const fields = Object.entries(value);
    if (fields.length > max) return `${path} has ${fields.length} fields, limit ${max}`;
    for (const [name, each] of fields) {
      if (name.length > nameMax) return `${path} has a name of ${name.length} characters`;
      const problem = inner(each, `${path}.${name}`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

export function object(fields: Readonly<Record<string, Shape>>): Shape {
  const names = Object.keys(fields);
  return (value, path) => {
    if (!isRecord(value)) return wrong(path, "an object", value);
    const strange = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
    if (strange !== undefined)
      return `${path} has a field ${JSON.stringify(strange.slice(0, 100))}`;
    for (const name of names) {
      const problem = fields[name]!(value[name], path === "" ? name : `${path}.${name}`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

/** As `object`, but other fields may be there too: for what is only shown. */
export function atLeast(fields: Readonly<Record<string, Shape>>): Shape {
  const check = object(fields);
  return (value, path) => {
    if (!isRecord(value)) return wrong(path, "an object", value);
    const known = Object.keys(fields).map((name) => [name, value[name]] as const);
    return check(Object.fromEntries(known), path);
  };
}

export function anyOf(...shapes: readonly Shape[]): Shape {
  return (value, path) => {
    let first: string | undefined;
    for (const shape of shapes) {
      const problem = shape(value, path);
      if (problem === undefined) return undefined;
      first ??= problem;
    }
    return first;
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}

function wrong(path: string, wanted: string, value: unknown): string {
  const shown = typeof value === "object" && value !== null ? "something else" : String(value);
  return `${path === "" ? "it" : path} is not ${wanted} but ${shown.slice(0, 100)}`;
}
