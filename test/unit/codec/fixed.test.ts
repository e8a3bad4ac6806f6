import { expect, test } from "bun:test";
import { ByteWriter } from "../../../src/base/bytes.ts";
import { TO_PLAIN } from "../../../src/base/to-plain.ts";
import { fixed, toObject } from "../../../src/codec/fixed.ts";

const quote = fixed({
  type: ["u8", 2],
  symbol: "text4",
  time: "text21",
  bid: "f64",
  offer: "f64",
});

function encoded(value: Parameters<typeof quote.encode>[0]): Uint8Array {
  const writer = new ByteWriter();
  quote.encode(value, writer);
  return writer.take();
}

const plain = {
  type: 2,
  symbol: " ABC",
  time: "20160218-09:31:43.123",
  bid: 1.25,
  offer: 2.5,
} as const;

test("a record is read field by field from the middle of a chunk", () => {
  const chunk = Buffer.concat([Buffer.alloc(3), encoded(plain), Buffer.alloc(5)]);
  const record = quote.decode(chunk, 3, 3 + quote.size);
  const symbol: string = record.symbol;
  const type: 2 = record.type;
  expect([type, symbol, record.time, record.bid, record.offer]).toEqual(Object.values(plain));
  expect(quote.size).toBe(42);
});

test("the bytes are as the layout says, big-endian unless told otherwise", () => {
  const writer = new ByteWriter();
  fixed({ a: "u16", b: "i32" }).encode({ a: 1, b: -2 }, writer);
  fixed({ a: "u16", b: "i32" }, { endian: "little" }).encode({ a: 1, b: -2 }, writer);
  expect([...writer.take()]).toEqual([0, 1, 255, 255, 255, 254, 1, 0, 254, 255, 255, 255]);
});

test("a view has no fields of its own; toObject and JSON have them all, in order", () => {
  const record = quote.decode(encoded(plain), 0, quote.size);
  expect({ ...record }).toEqual({} as typeof plain);
  expect(Object.entries(toObject(record))).toEqual(Object.entries(plain));
  expect(JSON.stringify(record)).toBe(JSON.stringify(plain));
  expect(Bun.inspect(record)).toContain('symbol: " ABC"');
  expect((record as unknown as Record<symbol, () => object>)[TO_PLAIN]!()).toEqual(plain);
  const copy = toObject(plain);
  expect(copy).toEqual(plain);
  expect(copy).not.toBe(plain);
});

test("a view is read-only", () => {
  const record = quote.decode(encoded(plain), 0, quote.size);
  expect(() => Object.assign(record, { bid: 3 })).toThrow(TypeError);
});

test("a view is encoded like the object that it stands for, also by a codec of its own", () => {
  const bytes = encoded(plain);
  expect(encoded(quote.decode(bytes, 0, quote.size))).toEqual(bytes);
  const other = fixed({ symbol: "text4", bid: "f64" });
  const writer = new ByteWriter();
  other.encode(quote.decode(bytes, 0, quote.size), writer);
  expect(toObject(other.decode(writer.take(), 0, other.size))).toEqual({
    symbol: " ABC",
    bid: 1.25,
  });
});

test("texts of few bytes are the same for the same bytes, also beside many others", () => {
  for (const size of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
    const codec = fixed({ text: `text${size}` as "text4" });
    let wrong = 0;
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 9_000; i++) {
        const text = ("\xff" + i.toString(36)).slice(0, size).padEnd(size, ".");
        const bytes = Buffer.from(text, "latin1");
        if (codec.decode(bytes, 0, size).text !== text) wrong++;
      }
    }
    expect(wrong).toBe(0);
  }
});

test("a record of another size names both sizes", () => {
  const bytes = new Uint8Array(57);
  expect(() => quote.decode(bytes, 0, 57)).toThrow("record of 57 bytes, the layout has 42");
  expect(() => quote.decode(bytes, 0, 0)).toThrow("record of 0 bytes, the layout has 42");
});

test("another constant is another kind of record", () => {
  const bytes = encoded(plain);
  bytes[0] = 1;
  expect(() => quote.decode(bytes, 0, quote.size)).toThrow("type is 1, this kind of record has 2");
  // @ts-expect-error the constant is 2
  expect(() => encoded({ ...plain, type: 1 })).toThrow("type is 1, this kind of record has 2");
  const tag = fixed({ tag: ["text2", "OK"], id: ["u64", 5n] });
  expect(() => tag.decode(Buffer.from("NO--------"), 0, 10)).toThrow('tag is "NO", this kind');
});

test.each([
  ["u8", 256],
  ["u8", -1],
  ["u8", 1.5],
  ["i8", 128],
  ["u16", 65536],
  ["i16", -32769],
  ["u32", 2 ** 32],
  ["i32", 2 ** 31],
  ["u64", -1n],
  ["i64", 2n ** 63n],
  ["u64", 1],
  ["f64", "1"],
  ["u8", undefined],
] as const)("%s refuses %p", (kind, value) => {
  const codec = fixed({ n: kind });
  // @ts-expect-error a value of the wrong type is refused at run time, too
  expect(() => codec.encode({ n: value }, new ByteWriter())).toThrow(`which is no ${kind}`);
});

test("texts: shorter ones are filled with spaces, longer and other ones are refused", () => {
  const writer = new ByteWriter();
  const codec = fixed({ text: "text4", rest: "bytes2" });
  const rest = Uint8Array.of(1, 2);
  codec.encode({ text: "é", rest }, writer);
  expect(codec.decode(writer.take(), 0, 6).text).toBe("é   ");
  expect(() => codec.encode({ text: "12345", rest }, writer)).toThrow("5 characters, room for 4");
  expect(() => codec.encode({ text: "€", rest }, writer)).toThrow("no text of Latin-1 characters");
  const long = { text: "a", rest: Uint8Array.of(1) };
  expect(() => codec.encode(long, writer)).toThrow("rest has 1 bytes, the layout 2");
});

test.each([
  ["at least one field", {}],
  ['"u7" is no kind of field', { a: "u7" }],
  ["is no kind of field", { a: "text0" }],
  ["limit 16777216", { a: "text99999999" }],
  ["a number is no name", { 7: "u8" }],
  ["reserved", { toJSON: "u8" }],
  ["a number is wanted", { a: ["u8", "x"] }],
  ["a text of 2 characters is wanted", { a: ["text2", "x"] }],
  ["bytes cannot be constant", { a: ["bytes2", "xx"] }],
])("a layout is refused with: %s", (message, layout) => {
  expect(() => fixed(layout as { a: "u8" })).toThrow(message);
});

test("a field may have any name that is not reserved, quotes and all", () => {
  const name = 'a"];throw 1;//\n`${1}';
  const codec = fixed({ [name]: "u8" });
  expect(codec.decode(Uint8Array.of(9), 0, 1)[name]).toBe(9);
});
