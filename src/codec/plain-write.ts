/** Plain data to bytes. See plain-tags for the form. */
import type { ByteWriter } from "../base/bytes.ts";
import { userError } from "../base/errors.ts";
import { hasToPlain, TO_PLAIN } from "../base/to-plain.ts";
import { PLAIN_DEPTH_MAX, RECORD_BYTES_MAX } from "../model/limits.ts";
import { BINARY_KINDS, SHORT_TEXT, SHORT_TEXT_MAX, SMALL_INTEGER, TAG } from "./plain-tags.ts";
import { SMALL_INTEGER_MAX } from "./plain-tags.ts";

/** Units of a text whose UTF-8 surely is a short text: at most three bytes each. */
const SURELY_SHORT = Math.floor(SHORT_TEXT_MAX / 3);

/** What is not plain, found deep inside; the path grows on the way out, when it is known. */
class NotPlain extends Error {
  readonly path: (string | number)[] = [];
}

/**
 * Writes a value; after an error `into` is as it was.
 * @throws {WallarooError} `not_plain` with the path of what is not plain data
 */
export function writePlain(value: unknown, into: ByteWriter): void {
  if (typeof value === "number") {
    writeNumber(value, into); // It never fails.
    return;
  }
  const start = into.at;
  try {
    write(value, into, 0);
  } catch (error) {
    into.at = start;
    throw error instanceof NotPlain ? notPlain(error) : error;
  }
  checkSize(into, start);
}

/**
 * Writes the values of an object's fields without their names, if it has these, in this order.
 * Returns whether it has; after an error, and where it has not, `into` is as it was. In one pass: a
 * list of its names would be memory for each object.
 * @throws {WallarooError} `not_plain`, `record_too_long`
 */
export function writePlainFields(
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
  into: ByteWriter,
): boolean {
  const start = into.at;
  let count = 0;
  try {
    for (const name in value) {
      if (name !== names[count]) {
        into.at = start;
        return false;
      }
      const field = value[name];
      if (typeof field === "number") writeNumber(field, into);
      else write(field, into, 1);
      count++;
    }
  } catch (error) {
    into.at = start;
    const outer = within(error, names[count]!);
    throw outer instanceof NotPlain ? notPlain(outer) : outer;
  }
  if (count === names.length) {
    checkSize(into, start);
    return true;
  }
  into.at = start;
  return false;
}

function checkSize(into: ByteWriter, start: number): void {
  const size = into.at - start;
  if (size <= RECORD_BYTES_MAX) return;
  into.at = start;
  throw userError("record_too_long", `plain data of ${size} bytes, limit ${RECORD_BYTES_MAX}`);
}

function write(value: unknown, into: ByteWriter, depth: number): void {
  switch (typeof value) {
    case "string":
      writeText(value, into);
      break;
    case "number":
      writeNumber(value, into);
      break;
    case "boolean":
      into.u8(value ? TAG.true : TAG.false);
      break;
    case "undefined":
      into.u8(TAG.undefined);
      break;
    case "bigint":
      writeBigint(value, into);
      break;
    case "object":
      if (value === null) into.u8(TAG.null);
      else writeObject(value, into, depth);
      break;
    default:
      throw new NotPlain(`a ${typeof value}`);
  }
}

function writeNumber(value: number, into: ByteWriter): void {
  if ((value | 0) === value && value >= 0 && !Object.is(value, -0)) {
    if (value <= SMALL_INTEGER_MAX) into.u8(SMALL_INTEGER | value);
    else into.tagged(TAG.positive, value);
  } else if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    into.u8(TAG.number);
    into.f64(value);
  } else if (value < 0) {
    into.u8(TAG.negative);
    into.varint(-1 - value);
  } else {
    into.u8(TAG.positive);
    into.varint(value);
  }
}

function writeText(text: string, into: ByteWriter): void {
  const { length } = text;
  const at = into.at;
  if (length <= SURELY_SHORT) {
    into.u8(0);
    const size = into.utf8(text);
    into.patchU8(at, SHORT_TEXT | size);
    // More bytes than units: it is not ASCII, so it may be half a pair.
    if (size === length || text.isWellFormed()) return;
    into.at = at;
  } else if (text.isWellFormed()) {
    const size = Buffer.byteLength(text);
    if (size <= SHORT_TEXT_MAX) {
      into.u8(SHORT_TEXT | size);
    } else {
      into.u8(TAG.text);
      into.varint(size);
    }
    into.utf8(text);
    return;
  }
  into.u8(TAG.units);
  into.varint(length);
  for (let i = 0; i < length; i++) into.u16(text.charCodeAt(i));
}

function writeBigint(value: bigint, into: ByteWriter): void {
  let digits = (value < 0n ? -value : value).toString(16);
  if (digits.length % 2 === 1) digits = `0${digits}`;
  const bytes = Uint8Array.fromHex(digits);
  into.u8(value < 0n ? TAG.bigNegative : TAG.bigPositive);
  into.varint(bytes.length);
  into.bytes(bytes);
}

function writeObject(value: object, into: ByteWriter, depth: number): void {
  if (depth === PLAIN_DEPTH_MAX) {
    throw new NotPlain(`nested deeper than ${PLAIN_DEPTH_MAX} levels, or in a circle`);
  }
  if (Array.isArray(value)) {
    into.u8(TAG.array);
    writeArray(value, into, depth);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    into.u8(prototype === null ? TAG.bareObject : TAG.object);
    writeFields(value as Readonly<Record<string, unknown>>, into, depth);
  } else if (value instanceof Date) {
    into.u8(TAG.date);
    into.f64(value.getTime());
  } else if (value instanceof Map) {
    into.u8(TAG.map);
    writeMap(value, into, depth);
  } else if (value instanceof Set) {
    into.u8(TAG.set);
    writeArray([...value], into, depth);
  } else if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    writeBinary(value, into);
  } else if (hasToPlain(value)) {
    writeObject(value[TO_PLAIN](), into, depth);
  } else {
    const name = (prototype as { constructor?: { name?: string } }).constructor?.name;
    throw new NotPlain(`an instance of ${name === undefined || name === "" ? "a class" : name}`);
  }
}

function writeArray(values: readonly unknown[], into: ByteWriter, depth: number): void {
  const { length } = values;
  into.varint(length);
  let i = 0;
  try {
    for (; i < length; i++) {
      const value = values[i];
      if (value === undefined && !(i in values)) throw new NotPlain("a hole in an array");
      write(value, into, depth + 1);
    }
  } catch (error) {
    throw within(error, i);
  }
}

function writeFields(
  value: Readonly<Record<string, unknown>>,
  into: ByteWriter,
  depth: number,
): void {
  const keys = Object.keys(value);
  into.varint(keys.length);
  let key = "";
  try {
    for (key of keys) {
      writeText(key, into);
      write(value[key], into, depth + 1);
    }
  } catch (error) {
    throw within(error, key);
  }
}

function writeMap(map: ReadonlyMap<unknown, unknown>, into: ByteWriter, depth: number): void {
  into.varint(map.size);
  let i = 0;
  try {
    for (const [key, value] of map) {
      write(key, into, depth + 1);
      write(value, into, depth + 1);
      i++;
    }
  } catch (error) {
    throw within(error, i);
  }
}

function writeBinary(value: ArrayBuffer | ArrayBufferView, into: ByteWriter): void {
  const kind = Object.prototype.toString.call(value).slice("[object ".length, -1);
  const index = BINARY_KINDS.findIndex(({ name }) => name === kind);
  if (index < 0) throw new NotPlain(`a ${kind}`);
  const bytes =
    value instanceof ArrayBuffer
      ? new Uint8Array(value)
      : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  into.u8(TAG.binary);
  into.u8(index);
  into.varint(bytes.length);
  into.bytes(bytes);
}

function within(error: unknown, key: string | number): unknown {
  if (error instanceof NotPlain) error.path.push(key);
  return error;
}

function notPlain({ message: what, path }: NotPlain): Error {
  let text = "";
  for (const key of path.toReversed()) {
    if (typeof key === "number") text += `[${key}]`;
    else text += text === "" ? key : `.${key}`;
  }
  return userError(
    "not_plain",
    `${text === "" ? "the value" : text} is ${what}: plain data is wanted, ` +
      "without functions, symbols and instances of classes",
  );
}
