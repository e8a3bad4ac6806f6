import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ByteReader, ByteWriter } from "../../../src/base/bytes.ts";

const written = (write: (writer: ByteWriter) => unknown, size?: number): Buffer => {
  const writer = new ByteWriter(size);
  write(writer);
  return Buffer.from(writer.take());
};

describe("what a writer wrote, a reader reads", () => {
  /** One value of each kind, with how to write and to read it. */
  const value = fc.oneof(
    fc.integer({ min: 0, max: 255 }).map((n) => ["u8", n] as const),
    fc.tuple(fc.constant("u16" as const), fc.integer({ min: 0, max: 0xffff }), fc.boolean()),
    fc.tuple(fc.constant("u32" as const), fc.integer({ min: 0, max: 0xffff_ffff }), fc.boolean()),
    fc.tuple(fc.constant("i32" as const), fc.integer(), fc.boolean()),
    fc.tuple(fc.constant("u64" as const), fc.bigInt(0n, 2n ** 64n - 1n), fc.boolean()),
    fc.tuple(fc.constant("i64" as const), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.boolean()),
    fc.tuple(fc.constant("f32" as const), fc.float(), fc.boolean()),
    fc.tuple(fc.constant("f64" as const), fc.double(), fc.boolean()),
    fc.maxSafeNat().map((n) => ["varint", n] as const),
    fc.string({ unit: "binary", maxLength: 80 }).map((text) => ["string", text] as const),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => ["bytes", bytes] as const),
  );
  type Value = typeof value extends fc.Arbitrary<infer V> ? V : never;

  const write = (writer: ByteWriter, [kind, item, littleEndian]: Value): void => {
    const put = writer[kind] as (item: unknown, littleEndian?: boolean) => void;
    put.call(writer, item, littleEndian);
  };
  const read = (reader: ByteReader, [kind, item, littleEndian]: Value): unknown => {
    if (kind === "bytes") return reader.bytes(item.length);
    if (kind === "u8" || kind === "varint" || kind === "string") return reader[kind]();
    return reader[kind](littleEndian);
  };

  test("in any order, from any initial size, at any offset", () => {
    fc.assert(
      fc.property(fc.array(value), fc.nat({ max: 40 }), (values, size) => {
        const writer = new ByteWriter(size);
        for (const item of values) write(writer, item);
        const padded = Buffer.concat([Buffer.alloc(3), writer.take(), Buffer.alloc(5)]);
        const reader = new ByteReader(padded.subarray(1), 2, 2 + writer.at);
        for (const item of values) expect(read(reader, item)).toEqual(item[1]);
        expect(reader.left).toBe(0);
        expect(() => reader.u8()).toThrow("1 bytes wanted");
      }),
    );
  });

  test("and cut short anywhere, the reader says truncated and invents nothing", () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 8 }), fc.nat(), (values, cut) => {
        const writer = new ByteWriter();
        for (const item of values) write(writer, item);
        fc.pre(writer.at > 0);
        const reader = new ByteReader(writer.take(), 0, cut % writer.at);
        const readAll = (): void => values.forEach((item) => read(reader, item));
        expect(readAll).toThrow(
          expect.objectContaining({
            code: "truncated",
            message: expect.stringMatching(/^\d+ bytes wanted at offset \d+, \d+ left$/),
          }),
        );
      }),
    );
  });
});

describe("ByteWriter", () => {
  test("writes network order unless told otherwise", () => {
    expect(written((w) => w.u16(0x0102)).toString("hex")).toBe("0102");
    expect(written((w) => w.u16(0x0102, true)).toString("hex")).toBe("0201");
    expect(written((w) => w.u32(0x01020304)).toString("hex")).toBe("01020304");
    expect(written((w) => w.i32(-2)).toString("hex")).toBe("fffffffe");
    expect(written((w) => w.f64(1)).toString("hex")).toBe("3ff0000000000000");
    expect(written((w) => w.u64(1n, true)).toString("hex")).toBe("0100000000000000");
  });

  test.each([
    [0, "00"],
    [127, "7f"],
    [128, "8001"],
    [300, "ac02"],
    [2 ** 31 - 1, "ffffffff07"],
    [2 ** 31, "8080808008"],
    [2 ** 32, "8080808010"],
    [Number.MAX_SAFE_INTEGER, "ffffffffffffff0f"],
  ])("varint %d is %s", (value, hex) => {
    expect(written((w) => w.varint(value)).toString("hex")).toBe(hex);
  });

  test.each([0, 1, 127, 128, 16_383, 16_384, 2 ** 31 - 1])("%d behind a byte is a varint", (n) => {
    const two = written((w) => {
      w.u8(7);
      w.varint(n);
    });
    expect(written((w) => w.tagged(7, n))).toEqual(two);
  });

  test.each([-1, 2 ** 53, Number.NaN, Infinity])("%d is no varint", (value) => {
    expect(() => new ByteWriter().varint(value)).toThrow("varint is in [0, 2^53)");
  });

  test("grows from nothing", () => {
    expect(written((w) => w.utf8("x".repeat(1000)), 0)).toHaveLength(1000);
  });

  test("keeps what it holds while it grows", () => {
    const bytes = written((w) => {
      for (let i = 0; i < 1000; i++) w.u8(i);
    }, 1);
    expect(bytes).toEqual(Buffer.from(Array.from({ length: 1000 }, (_, i) => i & 0xff)));
  });

  test("writes UTF-8 of any text as the platform does, whatever its length", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        const writer = new ByteWriter(1);
        expect(writer.utf8(text)).toBe(Buffer.byteLength(text));
        expect(Buffer.from(writer.take())).toEqual(Buffer.from(text));
      }),
    );
  });

  test("takes a copy, which later writes leave alone", () => {
    const writer = new ByteWriter();
    writer.u8(1);
    const first = writer.take();
    writer.clear();
    writer.u8(2);
    expect([...first]).toEqual([1]);
    expect([...writer.take()]).toEqual([2]);
    expect(writer.at).toBe(1);
  });

  test("patches what was written before", () => {
    const bytes = written((w) => {
      w.u32(0);
      w.u16(0);
      w.u8(0);
      w.patchU32(0, 0x01020304);
      w.patchU16(4, 0x0506, true);
      w.patchU8(6, 7);
    });
    expect(bytes.toString("hex")).toBe("01020304060507");
  });
});

describe("ByteReader", () => {
  test("says how many bytes are wanted, where, and how many are left", () => {
    const reader = new ByteReader(new Uint8Array(6));
    reader.u32();
    expect(() => reader.u32()).toThrow("4 bytes wanted at offset 4, 2 left");
    // The failed read took nothing.
    expect(reader.at).toBe(4);
    expect(() => reader.bytes(-1)).toThrow("-1 bytes wanted");
  });

  test("refuses a string that claims more than there is", () => {
    expect(() => new ByteReader(Buffer.from("ff0f61", "hex")).string()).toThrow(
      "2047 bytes wanted",
    );
  });

  test.each(["ffffffffffffff10", "ffffffffffffffff", "808080808080808001"])(
    "varint %s is above what a number holds",
    (hex) => {
      expect(() => new ByteReader(Buffer.from(hex, "hex")).varint()).toThrow(
        "varint at offset 0 is not below 2^53",
      );
    },
  );

  test("gives bytes that are a copy", () => {
    const source = Buffer.from([1, 2, 3]);
    const bytes = new ByteReader(source).bytes(2);
    source[0] = 9;
    expect([...bytes]).toEqual([1, 2]);
  });

  test("refuses a range outside its bytes", () => {
    expect(() => new ByteReader(new Uint8Array(4), 0, 5)).toThrow("within the bytes");
    expect(() => new ByteReader(new Uint8Array(4), 3, 2)).toThrow("within the bytes");
  });
});
