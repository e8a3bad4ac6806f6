import { expect, test } from "bun:test";
import fc from "fast-check";
import { zstd } from "../../../src/host/zstd.ts";

const compressor = zstd();

test("what is compressed comes back the same", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.integer({ min: 1, max: 200 }), (one, n) => {
      const bytes = new Uint8Array(one.length * n);
      for (let i = 0; i < n; i++) bytes.set(one, i * one.length);
      const packed = compressor.compress(bytes);
      expect(Buffer.from(compressor.decompress(packed, bytes.length))).toEqual(Buffer.from(bytes));
    }),
  );
});

test("nothing is inflated that would be larger than it may be", () => {
  const packed = compressor.compress(new Uint8Array(5_000_000));
  expect(packed.length).toBeLessThan(1_000);
  expect(() => compressor.decompress(packed, 4_999_999)).toThrow("5000000 bytes, limit 4999999");
});

test("garbage is damaged, and throws nothing else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const packed = compressor.compress(new Uint8Array(300).fill(7));
      for (const bad of [bytes, Uint8Array.of(...packed.subarray(0, 9), ...bytes)]) {
        try {
          compressor.decompress(bad, 1_000);
        } catch (error) {
          expect(error).toMatchObject({ code: "damaged" });
        }
      }
    }),
  );
});
