import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { ByteWriter } from "../../src/base/bytes.ts";
import { fixed, toObject, type Layout } from "../../src/codec/fixed.ts";

const int = (bits: number, signed: boolean) =>
  signed
    ? fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 })
    : fc.integer({ min: 0, max: 2 ** bits - 1 });
const latin1 = (size: number) =>
  fc
    .uint8Array({ minLength: size, maxLength: size })
    .map((bytes) => Buffer.from(bytes).toString("latin1"));

const field: fc.Arbitrary<readonly [string, unknown]> = fc.oneof(
  int(8, false).map((value) => ["u8", value] as const),
  int(16, false).map((value) => ["u16", value] as const),
  int(32, false).map((value) => ["u32", value] as const),
  int(8, true).map((value) => ["i8", value] as const),
  int(16, true).map((value) => ["i16", value] as const),
  int(32, true).map((value) => ["i32", value] as const),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => ["u64", value] as const),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ["i64", value] as const),
  fc.float().map((value) => ["f32", value] as const),
  fc.double().map((value) => ["f64", value] as const),
  fc
    .integer({ min: 1, max: 12 })
    .chain((size) => latin1(size).map((v) => [`text${size}`, v] as const)),
  fc.uint8Array({ minLength: 1, maxLength: 9 }).map((v) => [`bytes${v.length}`, v] as const),
);

test("a record of any layout comes back from its bytes, and from its view", () => {
  fc.assert(
    fc.property(
      fc.array(field, { minLength: 1, maxLength: 8 }),
      fc.constantFrom("big" as const, "little" as const),
      fc.nat({ max: 5 }),
      (fields, endian, before) => {
        const layout = Object.fromEntries(fields.map(([kind], i) => [`f${i}`, kind])) as Layout;
        const record = Object.fromEntries(fields.map(([, value], i) => [`f${i}`, value]));
        const codec = fixed(layout, { endian });
        const writer = new ByteWriter(1);
        for (let i = 0; i < before; i++) writer.u8(0xaa);
        codec.encode(record as never, writer);
        const bytes = writer.take();
        expect(bytes.length).toBe(before + codec.size);
        const view = codec.decode(bytes, before, bytes.length);
        expect(toObject(view)).toEqual(record as never);
        const again = new ByteWriter(1);
        codec.encode(view, again);
        expect(again.take()).toEqual(bytes.slice(before));
      },
    ),
  );
});
