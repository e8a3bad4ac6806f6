/**
 * Shapes: what the records of a channel have in common, as data (pure). A shape is a form, the
 * names of its fields and the kind of each; kinds only ever widen, so a channel has few shapes.
 */
import { externalError } from "../base/errors.ts";
import { SHAPE_FIELDS_MAX, SHAPE_NAME_BYTES_MAX } from "../model/wire-limits.ts";

/** How a field is written. `leaf` is anything, with a byte before it that says what. */
export const KIND = { text: 1, i32: 2, f64: 3, boolean: 4, leaf: 5 } as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

/** `object`: a plain object of exactly these names in this order; `tuple`: an array of this length;
 *  `bare`: the record itself is the one field. */
export const FORM = { object: 1, tuple: 2, bare: 3 } as const;
export type Form = (typeof FORM)[keyof typeof FORM];

export interface Shape {
  readonly form: Form;
  /** Of an object; otherwise as many empty texts as there are fields. */
  readonly names: readonly string[];
  readonly kinds: readonly Kind[];
}

/** The shape of a record, or undefined where only the general form can write it. */
export function shapeOf(record: unknown): Shape | undefined {
  if (typeof record !== "object" || record === null) {
    return { form: FORM.bare, names: [""], kinds: [kindOf(record)] };
  }
  if (Array.isArray(record)) {
    const { length } = record as readonly unknown[];
    if (length === 0 || length > SHAPE_FIELDS_MAX) return undefined;
    const kinds = Array.from(record as readonly unknown[], kindOf);
    return { form: FORM.tuple, names: new Array<string>(length).fill(""), kinds };
  }
  if (Object.getPrototypeOf(record) !== Object.prototype) return undefined;
  const names = Object.keys(record);
  if (names.length === 0 || names.length > SHAPE_FIELDS_MAX || !names.every(isName)) {
    return undefined;
  }
  const fields = record as Readonly<Record<string, unknown>>;
  return { form: FORM.object, names, kinds: names.map((name) => kindOf(fields[name])) };
}

/** Whether records of both can be of one shape, with kinds wide enough. */
export function isSameFamily(a: Shape, b: Shape): boolean {
  if (a.form !== b.form || a.names.length !== b.names.length) return false;
  return a.names.every((name, i) => name === b.names[i]);
}

/** The narrowest shape that holds the records of both. */
export function widen(a: Shape, b: Shape): Shape {
  return { ...a, kinds: a.kinds.map((kind, i) => widerKind(kind, b.kinds[i]!)) };
}

/** A text that is equal for shapes of one family, and hardly ever for others. */
export function familyText({ form, names }: Shape): string {
  return `${form}:${names.length}:${names.join("\n")}`;
}

/** @throws {WallarooError} `bad_batch` when a shape that arrived cannot be one */
export function checkShape(shape: Shape): void {
  const { form, names, kinds } = shape;
  if (form === FORM.bare && names.length !== 1) throw badShape("a bare value has one field");
  if (form !== FORM.object) return;
  const unique = new Set(names);
  if (unique.size !== kinds.length) throw badShape("two fields have one name");
  if (!names.every(isName)) throw badShape("the name of a field");
}

/** Names that generated code may hold, as JSON texts. `__proto__` is none in an object literal. */
function isName(name: string): boolean {
  if (name === "__proto__" || !name.isWellFormed()) return false;
  return name.length * 3 <= SHAPE_NAME_BYTES_MAX || Buffer.byteLength(name) <= SHAPE_NAME_BYTES_MAX;
}

function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case "string":
      return KIND.text;
    case "boolean":
      return KIND.boolean;
    case "number":
      return (value | 0) === value && !Object.is(value, -0) ? KIND.i32 : KIND.f64;
    default:
      return KIND.leaf;
  }
}

function widerKind(a: Kind, b: Kind): Kind {
  if (a === b) return a;
  const isNumber = (kind: Kind): boolean => kind === KIND.i32 || kind === KIND.f64;
  return isNumber(a) && isNumber(b) ? KIND.f64 : KIND.leaf;
}

function badShape(what: string): Error {
  return externalError("bad_batch", `a batch defines no possible shape: ${what}`);
}
