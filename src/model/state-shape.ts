/**
 * The shape of a state: which fields its first value has, and of what kind they are (pure, but for
 * the call of the user's own `init`). So a state whose fields were changed without a new version is
 * told before values of the old shape are given to a function that expects the new one.
 *
 * It is decided with care, since a wrong alarm keeps a job from beginning:
 *
 * H1. What cannot be told the same way twice has no shape, and is not compared: an `init` that
 *     throws for the probe's key, gives something else each time, or too many fields.
 * H2. `undefined` is no field: absent and undefined read the same. `null` may be of any kind.
 * H3. An empty object is a table whose names come later: what is inside is not compared. Nor is
 *     what is inside arrays, maps and sets.
 */
import type { StepContext, StepLogger } from "./context.ts";
import { STATE_SHAPE_FIELDS_MAX } from "./limits.ts";

/** `path kind` of each field, sorted; the path of the whole value is empty. */
export type StateShape = readonly string[];

/** Levels of objects in objects. */
const DEPTH_MAX = 5;
const PATH_MAX = 1_000;
/** Differences that are told. */
const TOLD_MAX = 5;
/** Any key does: only what two versions of one `init` make of the same one is compared. */
const PROBE_KEY = "probe";
const TABLE = "table";
const NULL = "null";
/** What may hold anything in another version. */
const OPEN: ReadonlySet<string> = new Set([TABLE, NULL]);

const log = (): void => undefined;
const silent: StepLogger = { debug: log, info: log, warn: log, error: log };

/** H1. The shape of what a factory makes; undefined where it cannot be told. */
export function shapeOf(step: string, init: (...args: never) => unknown): StateShape | undefined {
  const make = init as unknown as (key: string, ctx: StepContext) => unknown;
  const context = { step, time: 0, position: undefined, meta: undefined, log: silent };
  try {
    const [first, second] = [make(PROBE_KEY, context), make(PROBE_KEY, context)].map((value) => {
      const fields: string[] = [];
      return collect(value, "", 0, fields) ? fields.sort() : undefined;
    });
    return first !== undefined && first.join("\n") === second?.join("\n") ? first : undefined;
  } catch {
    return undefined;
  }
}

/** False when there is too much of it. */
function collect(value: unknown, path: string, depth: number, into: string[]): boolean {
  const kind = kindOf(value);
  const all = kind === "object" ? Object.entries(value as object) : [];
  const fields = all.filter(([, inner]) => inner !== undefined); // H2
  if (path.length > PATH_MAX) return false;
  if (fields.length === 0) into.push(`${path} ${kind === "object" ? TABLE : kind}`);
  if (into.length > STATE_SHAPE_FIELDS_MAX || depth > DEPTH_MAX) return false;
  return fields.every(([name, inner]) => {
    return collect(inner, path === "" ? name : `${path}.${name}`, depth + 1, into);
  });
}

function kindOf(value: unknown): string {
  if (value === null) return NULL;
  if (typeof value !== "object") return typeof value;
  if (Array.isArray(value)) return "array";
  const name = Object.getPrototypeOf(value)?.constructor?.name as string | undefined;
  return name === undefined || name === "Object" ? "object" : name;
}

/** How values of one shape differ from those of another, for people; empty when they do not. */
export function shapeDifference(was: StateShape, is: StateShape): string {
  const [old, now] = [fieldsOf(was), fieldsOf(is)];
  const [oldWhole, nowWhole] = [old.get("") ?? "object", now.get("") ?? "object"];
  if (OPEN.has(oldWhole) || OPEN.has(nowWhole)) return ""; // H2, H3
  if (oldWhole !== nowWhole) return `it was ${kindText(oldWhole)} and is ${kindText(nowWhole)}`;
  const told: string[] = [];
  for (const [path, kind] of now) {
    const before = old.get(path);
    if (before === undefined) {
      if (!isOpen(path, kind, old)) told.push(`"${path}" is new`);
    } else if (before !== kind && before !== NULL && kind !== NULL) {
      told.push(`"${path}" was ${kindText(before)} and is ${kindText(kind)}`);
    }
  }
  for (const [path, kind] of old) {
    if (!now.has(path) && !isOpen(path, kind, now)) told.push(`"${path}" is gone`);
  }
  const more = told.length - TOLD_MAX;
  return `${told.slice(0, TOLD_MAX).join(", ")}${more > 0 ? `, and ${more} more` : ""}`;
}

/** H3. Whether another shape leaves open what is at a path: above it or inside. */
function isOpen(path: string, kind: string, other: ReadonlyMap<string, string>): boolean {
  if (OPEN.has(kind) && [...other.keys()].some((one) => one.startsWith(`${path}.`))) return true;
  for (let end = path.lastIndexOf("."); end > 0; end = path.lastIndexOf(".", end - 1)) {
    const above = other.get(path.slice(0, end));
    if (above !== undefined && OPEN.has(above)) return true;
  }
  return false;
}

function fieldsOf(shape: StateShape): ReadonlyMap<string, string> {
  return new Map(
    shape.map((field) => {
      const end = field.lastIndexOf(" ");
      return [field.slice(0, end), field.slice(end + 1)] as const;
    }),
  );
}

function kindText(kind: string): string {
  return kind === TABLE ? "an object" : /^[aeio]/i.test(kind) ? `an ${kind}` : `a ${kind}`;
}
