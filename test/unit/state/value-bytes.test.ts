import { expect, test } from "bun:test";
import { ByteReader, ByteWriter } from "../../../src/base/bytes.ts";
import type { Codec } from "../../../src/model/codec.ts";
import { EntryList, EntryMap } from "../../../src/state/entry-map.ts";
import { formOf, readValue, type ValueForm, writeValue } from "../../../src/state/value-bytes.ts";

function bytesOf(form: ValueForm, value: unknown, isWhole: boolean): Uint8Array {
  const into = new ByteWriter();
  writeValue(form, value, isWhole, into);
  return into.take();
}

const read = (form: ValueForm, before: unknown, bytes: Uint8Array): unknown =>
  readValue(form, before, new ByteReader(bytes));

test("of a map with many entries only those that changed are written", () => {
  const form: ValueForm = { kind: "map" };
  const map = new EntryMap<number>();
  for (let i = 0; i < 100_000; i++) map.set(i, i);
  const whole = bytesOf(form, map, true);
  map.set(7, -1);
  map.delete(9);
  const change = bytesOf(form, map, false);
  expect(change.length).toBeLessThan(40);
  const copy = read(form, undefined, whole);
  read(form, copy, change);
  const entries = (copy as EntryMap<number>).peek();
  expect([entries.size, entries.get(7), entries.has(9)]).toEqual([99_999, -1, false]);
});

test("a map that was never written is written as a whole", () => {
  const map = new EntryMap<string>();
  map.set("a", "b");
  const copy = read({ kind: "map" }, undefined, bytesOf({ kind: "map" }, map, false));
  expect([...(copy as EntryMap<string>).peek()]).toEqual([["a", "b"]]);
});

test("a list is written by what changed between its ends", () => {
  const form: ValueForm = { kind: "list" };
  const list = new EntryList<number>();
  for (let i = 0; i < 1_000; i++) list.push(i);
  const whole = bytesOf(form, list, true);
  for (let i = 0; i < 990; i++) list.shift();
  list.push(5);
  const change = bytesOf(form, list, false);
  expect(change.length).toBeLessThan(40);
  const copy = read(form, read(form, undefined, whole), change);
  expect([...(copy as EntryList<number>)]).toEqual([...list]);
});

test("a change of what is not there is refused", () => {
  const map = new EntryMap<number>();
  map.barrier();
  map.set(1, 1);
  const change = bytesOf({ kind: "map" }, map, false);
  expect(() => read({ kind: "map" }, undefined, change)).toThrow("state that is not there");
});

test("values of an app's own codec are its bytes", () => {
  const codec: Codec<{ n: number }> = {
    encode: (value, into) => into.u16(value.n),
    decode: (bytes, start) => ({ n: bytes[start]! * 256 + bytes[start + 1]! }),
  };
  const form = formOf({ kind: "value", version: 1, codec });
  const bytes = bytesOf(form, { n: 258 }, true);
  expect([...bytes]).toEqual([0, 0, 0, 2, 1, 2]);
  expect(read(form, undefined, bytes)).toEqual({ n: 258 });
});
