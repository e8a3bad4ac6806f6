import { expect, test } from "bun:test";
import { ByteWriter } from "../../../src/base/bytes.ts";
import { TO_PLAIN } from "../../../src/base/to-plain.ts";
import { ShapeDecoder, ShapeEncoder } from "../../../src/codec/shape.ts";
import { SHAPES_MAX } from "../../../src/model/wire-limits.ts";

function encode(encoder: ShapeEncoder, records: readonly unknown[]): Uint8Array {
  const into = new ByteWriter(64);
  const times = new Float64Array(records.length);
  const end = encoder.encodeBatch(records, times, undefined, records.length, into, 0, 1 << 24);
  expect(end).toBe(records.length);
  return into.take();
}

function decode(decoder: ShapeDecoder, bytes: Uint8Array): unknown[] {
  return decoder.decodeBatch(bytes, 0, bytes.length).records;
}

test("a shape is defined once: later batches carry no names", () => {
  const encoder = new ShapeEncoder();
  const first = encode(encoder, [{ symbol: "AAPL", bid: 1.5 }]);
  const second = encode(encoder, [{ symbol: "AAPL", bid: 1.5 }]);
  expect(Buffer.from(first).includes("symbol")).toBe(true);
  expect(Buffer.from(second).includes("symbol")).toBe(false);
  const decoder = new ShapeDecoder();
  expect(decode(decoder, first)).toEqual(decode(decoder, second));
});

test("a decoder that has not seen the definition refuses the batch", () => {
  const encoder = new ShapeEncoder();
  encode(encoder, [{ a: 1 }]);
  const second = encode(encoder, [{ a: 1 }]);
  expect(() => decode(new ShapeDecoder(), second)).toThrow("shape 2, which was not defined");
});

test("a field that was whole and is not any more gets a wider kind, once", () => {
  const encoder = new ShapeEncoder();
  const decoder = new ShapeDecoder();
  const all = [[{ n: 1 }], [{ n: 1.5 }], [{ n: 2 }], [{ n: "x" }], [{ n: undefined }], [{ n: 7 }]];
  const wires = all.map((records) => encode(encoder, records));
  expect(wires.map((wire) => decode(decoder, wire))).toEqual(all);
  const defines = wires.map((wire) => Buffer.from(wire).includes("n"));
  expect(defines).toEqual([true, true, false, true, false, false]);
});

test("records whose names are data do not use up the shapes of the others", () => {
  const encoder = new ShapeEncoder();
  const decoder = new ShapeDecoder();
  const odd = Array.from({ length: 500 }, (_, i) => ({ [`user${i}`]: i }));
  const records = [{ a: 1 }, ...odd, { b: "x" }, { b: "y" }, { b: "z" }];
  const wire = encode(encoder, records);
  expect(decode(decoder, wire)).toEqual(records);
  const names = Buffer.from(encode(encoder, [{ b: "w" }]));
  expect(names.includes("b")).toBe(false);
});

test("more shapes than the bound take the general form", () => {
  const encoder = new ShapeEncoder();
  const decoder = new ShapeDecoder();
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < SHAPES_MAX + 20; i++) {
      const records = [{ [`f${i}`]: i }, { [`f${i}`]: i + 1 }];
      expect(decode(decoder, encode(encoder, records))).toEqual(records);
    }
  }
});

test("a record read straight from bytes travels as the plain object it stands for", () => {
  class View {
    readonly #n: number;
    constructor(n: number) {
      this.#n = n;
    }
    [TO_PLAIN](): object {
      return { n: this.#n, text: "t" };
    }
  }
  const encoder = new ShapeEncoder();
  const decoder = new ShapeDecoder();
  const wire = encode(encoder, [new View(1), new View(2), { n: 3, text: "u" }, new View(4)]);
  const texts = ["t", "t", "u", "t"];
  expect(decode(decoder, wire)).toEqual(texts.map((text, i) => ({ n: i + 1, text })));
});

test("a record that is not plain is refused with its path, and the encoder goes on", () => {
  const encoder = new ShapeEncoder();
  const decoder = new ShapeDecoder();
  const bad = { id: 1, inner: { call: () => 1 } };
  expect(() => encode(encoder, [{ id: 1, inner: null }, bad])).toThrow("inner.call is a function");
  expect(() => encode(encoder, [Array<unknown>(2)])).toThrow("[0] is a hole in an array");
  const records = [{ id: 2, inner: [1] }];
  expect(decode(decoder, encode(encoder, records))).toEqual(records);
});

test("a batch ends at its size, and the next one goes on behind it", () => {
  const encoder = new ShapeEncoder();
  const decoder = new ShapeDecoder();
  const records = Array.from({ length: 100 }, (_, i) => ({ text: "x".repeat(100), i }));
  const times = records.map((_, i) => i);
  const into = new ByteWriter();
  const back: unknown[] = [];
  let batches = 0;
  for (let at = 0; at < records.length; batches++) {
    into.clear();
    at = encoder.encodeBatch(records, times, undefined, records.length, into, at, 1_000);
    expect(into.at).toBeLessThan(1_400);
    const batch = decoder.decodeBatch(into.buffer, 0, into.at);
    expect((batch.times as Float64Array)[0]).toBe(back.length);
    back.push(...batch.records);
  }
  expect(back).toEqual(records);
  expect(batches).toBe(10);
});

test("names that could be code are only names", () => {
  const encoder = new ShapeEncoder();
  const name = '"]; throw new Error("x"); //\u2028\\';
  const records = [{ [name]: 1, "a b": "x", constructor: true }];
  expect(decode(new ShapeDecoder(), encode(encoder, records))).toEqual(records);
});

test("an announced count costs nothing", () => {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xffff_ffff);
  expect(() => decode(new ShapeDecoder(), bytes)).toThrow("4294967295 records announced");
  view.setUint32(0, 60_000);
  view.setUint32(6, 60_000); // behind the tag of the general form
  expect(() => decode(new ShapeDecoder(), bytes)).toThrow("a run of 60000 records");
});
