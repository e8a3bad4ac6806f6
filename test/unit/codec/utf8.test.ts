import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { ByteWriter } from "../../../src/base/bytes.ts";
import { raw } from "../../../src/codec/raw.ts";
import { utf8 } from "../../../src/codec/utf8.ts";

function encoded(text: string): Uint8Array {
  const writer = new ByteWriter();
  utf8.encode(text, writer);
  return writer.take();
}

test("every well-formed text comes back from the middle of a chunk", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat({ max: 9 }), (text, before) => {
      const bytes = encoded(text);
      const chunk = Buffer.concat([Buffer.alloc(before, 0xff), bytes, Buffer.from([0x80])]);
      expect(utf8.decode(chunk, before, before + bytes.length)).toBe(text);
    }),
  );
});

test("the replacement character itself is a text, and a byte order mark stays", () => {
  for (const text of ["a\u{fffd}b", "\u{feff}a"]) {
    const bytes = encoded(text);
    expect(utf8.decode(bytes, 0, bytes.length)).toBe(text);
  }
});

test.each([
  ["a byte that begins nothing", [0x61, 0xff]],
  ["a text cut in a character", [0xe2, 0x82]],
  ["a surrogate half", [0xed, 0xa0, 0x80]],
  ["an overlong form", [0xc0, 0xaf]],
])("%s is not UTF-8", (_, bytes) => {
  expect(() => utf8.decode(Uint8Array.from(bytes), 0, bytes.length)).toThrow(
    `${bytes.length} bytes that are not UTF-8`,
  );
});

test("half a surrogate pair cannot be written", () => {
  const writer = new ByteWriter();
  expect(() => utf8.encode("a\ud800", writer)).toThrow("half a surrogate pair");
  expect(writer.at).toBe(0);
  // @ts-expect-error a number is no text
  expect(() => utf8.encode(7, writer)).toThrow("utf8 writes strings, got number");
});

test("raw bytes are copied out of their chunk", () => {
  const chunk = Uint8Array.of(1, 2, 3, 4);
  const record = raw.decode(chunk, 1, 3);
  chunk.fill(0);
  expect(record).toEqual(Uint8Array.of(2, 3));
  expect(record.buffer.byteLength).toBe(2);
  expect(raw.decode(Buffer.from([9, 8]), 0, 2)).toEqual(Uint8Array.of(9, 8));
  const writer = new ByteWriter();
  raw.encode(record, writer);
  expect(writer.take()).toEqual(Uint8Array.of(2, 3));
  // @ts-expect-error a string is no bytes
  expect(() => raw.encode("x", writer)).toThrow("raw writes Uint8Array, got string");
});
