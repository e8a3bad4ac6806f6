/** Keys as numbers on the wire: any stream of batches and of new beginnings comes back. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { ByteWriter } from "../../src/base/bytes.ts";
import { WallarooError } from "../../src/base/errors.ts";
import { ShapeDecoder, ShapeEncoder } from "../../src/codec/shape.ts";
import { KeyMemo, type KeyNumbers, NO_NUMBER } from "../../src/model/source.ts";
import { anyText } from "../support/any-plain.ts";

const key = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("", "a", "b", "word", "ü", "日本", "x".repeat(60)) },
  { weight: 2, arbitrary: anyText.filter((text) => text.isWellFormed()) },
  { weight: 1, arbitrary: fc.oneof(fc.integer(), fc.boolean(), fc.tuple(fc.string())) },
);
const batch = fc.record({
  keys: fc.array(key, { minLength: 1, maxLength: 40 }),
  /** What the records are: their keys, objects that have them, or something else. */
  form: fc.constantFrom("keys", "field", "other"),
  /** Numbers begin anew before it. */
  isAnew: fc.boolean(),
});
const stream = fc.record({
  batches: fc.array(batch, { minLength: 1, maxLength: 12 }),
  /** Texts that an edition has numbers for. */
  known: fc.integer({ min: 0, max: 6 }),
  bytesMax: fc.constantFrom(1, 40, 1 << 20),
});

interface Numbered {
  readonly keys: readonly unknown[];
  readonly records: readonly unknown[];
  readonly numbers: KeyNumbers;
}

type Stream = typeof stream extends fc.Arbitrary<infer T> ? T : never;

/** Gives keys their numbers, as an exit does. */
function numbered({ batches, known }: Pick<Stream, "batches" | "known">): Numbered[] {
  const memo = new KeyMemo();
  let edition = 1;
  let given = new Map<unknown, number>();
  return batches.map(({ keys, form, isAnew }) => {
    if (isAnew) {
      edition++;
      given = new Map();
    }
    const numbers = Uint16Array.from(keys, (one) => {
      if (typeof one === "string" && one.length <= 60 && given.size < known && !given.has(one)) {
        given.set(one, given.size);
      }
      return given.get(one) ?? NO_NUMBER;
    });
    const records =
      form === "keys" ? keys : keys.map((one, i) => (form === "field" ? { key: one } : i));
    return { keys, records, numbers: { edition, numbers, memo } };
  });
}

function encodeAll(all: readonly Numbered[], bytesMax: number): Uint8Array[] {
  const encoder = new ShapeEncoder();
  const into = new ByteWriter(1);
  return all.flatMap(({ keys, records, numbers }) => {
    const wires: Uint8Array[] = [];
    for (let at = 0; at < keys.length;) {
      into.clear();
      at = encoder.encodeBatch(records, 3, keys, keys.length, into, at, bytesMax, numbers);
      wires.push(into.take());
    }
    return wires;
  });
}

test("keys and records come back, and a number means one key as long as an edition lasts", () => {
  fc.assert(
    fc.property(stream, ({ bytesMax, ...rest }) => {
      const all = numbered(rest);
      const decoder = new ShapeDecoder();
      const back = encodeAll(all, bytesMax).map((wire) => {
        const padded = Buffer.concat([Buffer.alloc(3, 1), wire, Buffer.alloc(3, 1)]);
        return decoder.decodeBatch(padded, 3, 3 + wire.length);
      });
      expect(back.flatMap((one) => one.keys)).toStrictEqual(all.flatMap((one) => one.keys));
      expect(back.flatMap((one) => one.records)).toStrictEqual(all.flatMap((one) => one.records));
      const meant = new Map<string, unknown>();
      const memos = new Set<KeyMemo>();
      for (const { keys, numbers } of back) {
        if (numbers === undefined) continue;
        memos.add(numbers.memo);
        numbers.numbers.forEach((number, i) => {
          if (number === NO_NUMBER) return;
          const name = `${numbers.edition}/${number}`;
          expect(meant.get(name) ?? keys![i]).toBe(keys![i]);
          meant.set(name, keys![i]);
        });
      }
      expect(memos.size).toBeLessThanOrEqual(1);
    }),
    { numRuns: 300 },
  );
});

test("a batch that failed to be written takes no numbers with it", () => {
  fc.assert(
    fc.property(stream, fc.nat(), (given, at) => {
      const all = numbered(given);
      const encoder = new ShapeEncoder();
      const decoder = new ShapeDecoder();
      const into = new ByteWriter();
      for (const { keys, records, numbers } of all) {
        const broken = keys.slice();
        broken[at % broken.length] = () => 0;
        into.clear();
        const encode = (those: readonly unknown[], which: readonly unknown[]): unknown =>
          encoder.encodeBatch(those, 3, which, which.length, into, 0, 1 << 20, numbers);
        // A number that is known is written without a look at its key.
        if (numbers.numbers[at % broken.length] === NO_NUMBER) {
          expect(() => encode(broken, broken)).toThrow(WallarooError);
          expect(into.at).toBe(0);
        }
        encode(records, keys);
        expect(decoder.decodeBatch(into.buffer, 0, into.at).keys).toStrictEqual(keys);
      }
    }),
    { numRuns: 200 },
  );
});

test("bytes that were cut or changed are a batch or an error, and the decoder goes on", () => {
  const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(stream, fc.array(change, { maxLength: 8 }), ({ bytesMax, ...rest }, changes) => {
      const all = numbered(rest);
      const decoder = new ShapeDecoder();
      const back: unknown[] = [];
      for (const wire of encodeAll(all, bytesMax)) {
        const broken = Uint8Array.from(wire);
        for (const [at, byte] of changes) {
          broken[at % broken.length] = byte;
          decodeOrError(new ShapeDecoder(), broken);
          const cut = broken.subarray(0, at % broken.length);
          // One that is cut is never whole; so this decoder may be asked, and has forgotten it.
          if (changes.length === 1) expect(() => decode(decoder, cut)).toThrow(WallarooError);
        }
        back.push(...decode(decoder, wire).keys!);
      }
      expect(back).toStrictEqual(all.flatMap((one) => one.keys));
    }),
    { numRuns: 200 },
  );
});

function decode(decoder: ShapeDecoder, bytes: Uint8Array) {
  return decoder.decodeBatch(bytes, 0, bytes.length);
}

function decodeOrError(decoder: ShapeDecoder, bytes: Uint8Array): void {
  try {
    decode(decoder, bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(WallarooError);
  }
}
