import { expect, test } from "bun:test";
import fc from "fast-check";
import { PieceBuffer } from "../../../src/storage/piece-buffer.ts";

test("pieces are full but for the last, and hold all bytes in order", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), fc.integer({ min: 1, max: 9 }), (written, size) => {
      const held = new PieceBuffer(size);
      const pieces: Uint8Array[] = [];
      for (const bytes of written) {
        for (let at = 0; at < bytes.length;) {
          at = held.add(bytes, at, bytes.length);
          if (!held.isFull) continue;
          pieces.push(held.bytes.slice());
          held.clear();
        }
      }
      expect(pieces.every((piece) => piece.length === size)).toBe(true);
      const all = Buffer.concat([...pieces, held.bytes]);
      expect(all.equals(Buffer.concat(written))).toBe(true);
    }),
  );
});
