/** What a decoder must refuse, and what it has forgotten then. */
import { expect, test } from "bun:test";
import { ByteWriter } from "../../../src/base/bytes.ts";
import { ShapeDecoder, ShapeEncoder } from "../../../src/codec/shape.ts";
import { KEYS } from "../../../src/codec/shape-keys.ts";
import { KeyMemo, NO_NUMBER } from "../../../src/model/source.ts";
import { KNOWN_KEY_UNITS_MAX, KNOWN_KEYS_MAX } from "../../../src/model/wire-limits.ts";

const memo = new KeyMemo();
/** Where the column begins in a batch whose records are their keys. */
const COLUMN_AT = 5;
const SAME_TIME_BYTES = 9;

function encode(
  encoder: ShapeEncoder,
  keys: readonly unknown[],
  numbers: readonly number[],
  edition = 1,
): Uint8Array {
  const into = new ByteWriter();
  const given = { edition, numbers: Uint16Array.from(numbers), memo };
  encoder.encodeBatch(keys, 0, keys, keys.length, into, 0, undefined, given);
  return into.take();
}

test("a text that comes again is two bytes", () => {
  const encoder = new ShapeEncoder();
  const decoder = new ShapeDecoder();
  // A leaf of a text of one unit: two bytes and the text. Nothing, where the text is known.
  for (const bytes of [3, 0]) {
    const wire = encode(encoder, ["a", "b", "a", "c"], [0, 1, 0, 2]);
    expect(wire[4]).toBe(KEYS.numberedRecords);
    expect(wire.length).toBe(COLUMN_AT + 1 + 4 * 2 + 3 * bytes + SAME_TIME_BYTES);
    const batch = decoder.decodeBatch(wire, 0, wire.length);
    expect(batch.records).toEqual(["a", "b", "a", "c"]);
    expect(batch.keys).toBe(batch.records);
    expect([...batch.numbers!.numbers]).toEqual([0, 1, 0, 2]);
  }
});

test("keys that are a field of their records are numbers, where some have one", () => {
  const encoder = new ShapeEncoder();
  const decoder = new ShapeDecoder();
  const people = [{ name: "ada" }, { name: "bob" }];
  const into = new ByteWriter();
  for (const [given, how] of [
    [[0, NO_NUMBER], KEYS.numbered],
    [[NO_NUMBER, NO_NUMBER], KEYS.field],
  ] as const) {
    into.clear();
    const numbers = { edition: 1, numbers: Uint16Array.from(given), memo };
    encoder.encodeBatch(people, 0, ["ada", "bob"], 2, into, 0, undefined, numbers);
    expect(into.buffer[4]).toBe(how);
    const batch = decoder.decodeBatch(into.buffer, 0, into.at);
    expect([batch.keys, batch.records]).toEqual([["ada", "bob"], people]);
    expect(batch.numbers === undefined).toBe(how === KEYS.field);
  }
});

test("texts without any number are written as texts", () => {
  const wire = encode(new ShapeEncoder(), ["a", "b"], [NO_NUMBER, NO_NUMBER]);
  expect(wire[4]).toBe(KEYS.records);
});

test("a number before its turn is none to the other end", () => {
  const wire = encode(new ShapeEncoder(), ["bob", "ada", "bob"], [1, 0, 1]);
  const batch = new ShapeDecoder().decodeBatch(wire, 0, wire.length);
  expect(batch.records).toEqual(["bob", "ada", "bob"]);
  expect([...batch.numbers!.numbers]).toEqual([NO_NUMBER, 0, 1]);
});

test.each([
  ["a number that was not given", [COLUMN_AT + 2, 7], "key 7, which was not given"],
  ["numbers that begin in no known way", [COLUMN_AT, 2], "numbers that may begin anew"],
  ["a number for what is no text", [COLUMN_AT + 3, 1], "a number for what is no short text"],
])("%s is refused, and the decoder goes on", (_, [at, byte], message) => {
  const encoder = new ShapeEncoder();
  const decoder = new ShapeDecoder();
  const first = encode(encoder, ["a"], [0]);
  const broken = Uint8Array.from(first);
  broken[at!] = byte!;
  expect(() => decoder.decodeBatch(broken, 0, broken.length)).toThrow(message);
  expect(decoder.decodeBatch(first, 0, first.length).records).toEqual(["a"]);
  const second = encode(encoder, ["a", "b"], [0, 1]);
  expect(decoder.decodeBatch(second, 0, second.length).records).toEqual(["a", "b"]);
});

test("a batch that begins anew and is refused leaves what was known", () => {
  const encoder = new ShapeEncoder();
  const decoder = new ShapeDecoder();
  const first = encode(encoder, ["a", "b"], [0, 1]);
  decoder.decodeBatch(first, 0, first.length);
  const other = encode(new ShapeEncoder(), ["c"], [0]);
  expect(() => decoder.decodeBatch(other, 0, other.length - 1)).toThrow("it ends too soon");
  const next = encode(encoder, ["b", "a"], [1, 0]);
  expect(decoder.decodeBatch(next, 0, next.length).records).toEqual(["b", "a"]);
});

test("more numbers than there may be are refused, and numbers of long texts", () => {
  const count = KNOWN_KEYS_MAX + 1;
  const keys = Array.from({ length: count }, (_, i) => `k${i}`);
  const into = new ByteWriter();
  const numbers = Uint16Array.from(keys, (_, i) => i);
  const given = { edition: 1, numbers, memo };
  new ShapeEncoder().encodeBatch(keys, 0, keys, count, into, 0, 1 << 24, given);
  expect(() => new ShapeDecoder().decodeBatch(into.buffer, 0, into.at)).toThrow("over 16384 keys");
  const long = encode(new ShapeEncoder(), ["x".repeat(KNOWN_KEY_UNITS_MAX + 1)], [0]);
  const decode = (): unknown => new ShapeDecoder().decodeBatch(long, 0, long.length);
  expect(decode).toThrow("a number for what is no short text");
});
