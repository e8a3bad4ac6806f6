import { expect, test } from "bun:test";
import { ByteWriter } from "../../../src/base/bytes.ts";
import { ShapeDecoder, ShapeEncoder } from "../../../src/codec/shape.ts";
import { KEYS } from "../../../src/codec/shape-keys.ts";

const FLAGS_AT = 4;

function encode(records: readonly unknown[], keys: readonly unknown[] | undefined): Uint8Array {
  const into = new ByteWriter();
  const times = records.map(() => 0);
  new ShapeEncoder().encodeBatch(records, times, keys, records.length, into);
  return into.take();
}

function keysOf(wire: Uint8Array): readonly unknown[] | undefined {
  return new ShapeDecoder().decodeBatch(wire, 0, wire.length).keys;
}

const people = [
  { id: 7, name: "ada" },
  { id: 9, name: "bob" },
];

test.each([
  ["nothing, where nothing is keyed", people, undefined, KEYS.none],
  ["each key, where records do not have it", people, ["a", "b"], KEYS.written],
  ["each key, where only some records have it", people, ["ada", "x"], KEYS.written],
  ["nothing, where a record is its key", ["a", "b"], ["a", "b"], KEYS.records],
  ["one name, where a field is the key", people, ["ada", "bob"], KEYS.field],
  ["one name, for numbers, too", people, [7, 9], KEYS.field],
  ["each key of several parts", people, [["ada"], ["bob"]], KEYS.written],
  ["-0 for itself", [0], [-0], KEYS.written],
])("of keys is written: %s", (_, records, keys, how) => {
  const wire = encode(records, keys);
  expect(wire[FLAGS_AT]).toBe(how);
  expect(keysOf(wire)).toEqual(keys);
});

test("a record that does not have its key is refused", () => {
  const bare = encode(people, undefined);
  bare[FLAGS_AT] = KEYS.records;
  expect(() => keysOf(bare)).toThrow("a record that does not have its key");
  const named = encode(people, ["ada", "bob"]);
  const at = Buffer.from(named).lastIndexOf("name");
  named.set(Buffer.from("nome"), at);
  expect(() => keysOf(named)).toThrow("a record that does not have its key");
  named.set(Buffer.from("name"), at);
  expect(keysOf(named)).toEqual(["ada", "bob"]);
});

test("keys that are written in no known way are refused", () => {
  const wire = encode(["a"], ["a"]);
  wire[FLAGS_AT] = KEYS.numberedRecords + 1;
  expect(() => keysOf(wire)).toThrow("flags 6");
});
