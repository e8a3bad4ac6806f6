/** Layouts of fixed size: what a user writes, what a record of it is, where its fields are. */
import { userError } from "../base/errors.ts";
import { RECORD_BYTES_MAX } from "../model/limits.ts";

/** `text4`: 4 bytes of Latin-1, ASCII included; `bytes16`: 16 bytes as they are. */
export type FieldKind =
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "i8"
  | "i16"
  | "i32"
  | "i64"
  | "f32"
  | "f64"
  | `text${number}`
  | `bytes${number}`;

/** A field whose value is always the same: it tells one kind of record from another. */
export type ConstantField = readonly [kind: FieldKind, value: number | bigint | string];

/** Fields in the order of their bytes, without gaps. */
export type Layout = { readonly [field: string]: FieldKind | ConstantField };

/** The type of a field's value. */
export type FieldValue<K> = K extends readonly [FieldKind, infer V]
  ? V
  : K extends "u64" | "i64"
    ? bigint
    : K extends `text${number}`
      ? string
      : K extends `bytes${number}`
        ? Uint8Array
        : number;

/** The record of a layout. */
export type FixedRecord<L extends Layout> = { readonly [F in keyof L]: FieldValue<L[F]> };

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly type: "number" | "bigint" | "text" | "bytes";
  readonly offset: number;
  readonly size: number;
  readonly constant: number | bigint | string | undefined;
}

const NUMBERS: Readonly<Record<string, number>> = {
  u8: 1,
  u16: 2,
  u32: 4,
  i8: 1,
  i16: 2,
  i32: 4,
  f32: 4,
  f64: 8,
};
/** Names that every object has, or that a record needs for itself. */
const RESERVED: readonly string[] = ["__proto__", "constructor", "toJSON"];

/** The fields of a layout with their places. @throws {WallarooError} `bad_layout` */
export function fieldsOf(layout: Layout): readonly Field[] {
  const fields: Field[] = [];
  let offset = 0;
  for (const [name, spec] of Object.entries(layout)) {
    if (RESERVED.includes(name)) throw badLayout(name, "the name is reserved");
    if (/^\d+$/.test(name))
      throw badLayout(name, "a number is no name: fields would lose their order");
    const isConstant = typeof spec !== "string";
    const kind = isConstant ? spec[0] : spec;
    const { type, size } = kindOf(name, kind);
    const constant = isConstant ? spec[1] : undefined;
    const field: Field = { name, kind, type, offset, size, constant };
    if (isConstant) checkConstant(field);
    fields.push(field);
    offset += size;
  }
  if (offset === 0) throw badLayout("", "a layout has at least one field");
  if (offset > RECORD_BYTES_MAX) {
    throw badLayout("", `${offset} bytes, limit ${RECORD_BYTES_MAX}`);
  }
  return fields;
}

export function sizeOf(fields: readonly Field[]): number {
  return fields.reduce((sum, field) => sum + field.size, 0);
}

function kindOf(name: string, kind: unknown): Pick<Field, "type" | "size"> {
  if (typeof kind === "string") {
    const size = Object.hasOwn(NUMBERS, kind) ? NUMBERS[kind] : undefined;
    if (size !== undefined) return { type: "number", size };
    if (kind === "u64" || kind === "i64") return { type: "bigint", size: 8 };
    const match = /^(text|bytes)([1-9]\d*)$/.exec(kind);
    if (match !== null) return { type: match[1] as "text" | "bytes", size: Number(match[2]) };
  }
  throw badLayout(
    name,
    `${JSON.stringify(kind)} is no kind of field: ` +
      "use u8 u16 u32 u64 i8 i16 i32 i64 f32 f64, textN or bytesN with N bytes",
  );
}

function checkConstant({ name, type, size, constant }: Field): void {
  const isRight =
    type === "text"
      ? typeof constant === "string" && constant.length === size
      : type !== "bytes" && typeof constant === type;
  if (!isRight) {
    const wanted = type === "text" ? `a text of ${size} characters` : `a ${type}`;
    throw badLayout(name, type === "bytes" ? "bytes cannot be constant" : `${wanted} is wanted`);
  }
}

function badLayout(field: string, what: string): Error {
  return userError(
    "bad_layout",
    `fixed({ ... })${field === "" ? "" : `, field ${field}`}: ${what}`,
  );
}
