import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { ByteWriter } from "../../src/base/bytes.ts";
import { WallarooError } from "../../src/base/errors.ts";
import { ShapeDecoder, ShapeEncoder } from "../../src/codec/shape.ts";
import { anyLeaf, anyPlain, anyText, inOrder } from "../support/any-plain.ts";

/** Records of few shapes, as streams have them, with others in between. */
const records = fc.oneof(
  fc.array(anyPlain, { minLength: 1, maxLength: 12 }),
  fc.array(fc.record({ a: anyText, b: fc.integer(), c: fc.double(), d: anyLeaf }), {
    minLength: 1,
    maxLength: 12,
  }),
  fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant("x"), n: anyLeaf }),
      fc.record({ kind: fc.constant("y"), t: anyText, u: fc.boolean() }),
      fc.tuple(anyText, fc.integer()),
      anyLeaf,
    ),
    { minLength: 1, maxLength: 20 },
  ),
);
const key = fc.oneof(
  anyText,
  fc.double(),
  fc.boolean(),
  fc.array(fc.oneof(anyText, fc.integer(), fc.boolean()), { maxLength: 3 }),
);
const batch = records.chain((all) =>
  fc.record({
    records: fc.constant(all),
    times: fc.oneof(
      fc.array(fc.integer({ min: 1.7e12, max: 1.7e12 + 90_000 }), bounds(all.length)),
      fc.array(fc.double(), bounds(all.length)),
      fc.array(fc.constant(5), bounds(all.length)),
    ),
    keys: fc.oneof(
      fc.constant(undefined),
      fc.array(key, bounds(all.length)),
      // As `keyBy` makes them: the records, or what some field of theirs has.
      fc.constant(all.map(asKey)),
      fc
        .constantFrom("a", "b", "c", "kind", "n")
        .map((name) => all.map((one) => asKey(at(one, name)))),
    ),
  }),
);
const batches = fc.array(batch, { minLength: 1, maxLength: 6 });

function at(record: unknown, name: string): unknown {
  const isObject = typeof record === "object" && record !== null;
  return isObject && Object.hasOwn(record, name) ? Reflect.get(record, name) : null;
}

/** Maps and objects are no keys. */
function asKey(value: unknown): unknown {
  return typeof value === "object" ? null : value;
}

function bounds(length: number): { minLength: number; maxLength: number } {
  return { minLength: length, maxLength: length };
}

interface AnyBatch {
  readonly records: readonly unknown[];
  readonly times: readonly number[];
  readonly keys: readonly unknown[] | undefined;
}

function keysOf({ keys, records }: Pick<AnyBatch, "keys" | "records">): readonly unknown[] {
  return keys ?? records.map(() => undefined);
}

/** The batches as bytes, in pieces of at most `bytesMax` or one record. */
function encodeAll(all: readonly AnyBatch[], bytesMax: number): Uint8Array[] {
  const encoder = new ShapeEncoder();
  const into = new ByteWriter(1);
  const wires: Uint8Array[] = [];
  for (const { records, times, keys } of all) {
    for (let at = 0; at < records.length;) {
      into.clear();
      at = encoder.encodeBatch(records, times, keys, records.length, into, at, bytesMax);
      wires.push(into.take());
    }
  }
  return wires;
}

test("what was encoded comes back: records, times and keys, batch after batch", () => {
  fc.assert(
    fc.property(batches, fc.constantFrom(1, 100, 1 << 20), (all, bytesMax) => {
      const decoder = new ShapeDecoder();
      const back = encodeAll(all, bytesMax).map((wire) => {
        const padded = Buffer.concat([Buffer.alloc(3, 1), wire, Buffer.alloc(3, 1)]);
        return decoder.decodeBatch(padded, 3, 3 + wire.length);
      });
      const records = back.flatMap((each) => each.records);
      expect(inOrder(records)).toStrictEqual(inOrder(all.flatMap((each) => each.records)));
      // -0 as a time may become 0: they are one instant.
      const times = back.flatMap(({ count, times: given }) =>
        typeof given === "number" ? new Array<number>(count).fill(given) : [...given],
      );
      expect(times.map((time) => time + 0)).toEqual(
        all.flatMap((each) => each.times).map((time) => time + 0),
      );
      expect(back.flatMap(keysOf)).toStrictEqual(all.flatMap(keysOf));
    }),
    { numRuns: 300 },
  );
});

test("bytes that were cut or changed are a batch or an error, and the decoder goes on", () => {
  fc.assert(
    fc.property(batches, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 }))), (all, changes) => {
      const decoder = new ShapeDecoder();
      for (const wire of encodeAll(all, 1 << 20)) {
        const broken = Uint8Array.from(wire);
        for (const [at, byte] of changes) {
          broken[at % broken.length] = byte;
          decodeOrError(new ShapeDecoder(), broken);
          decodeOrError(new ShapeDecoder(), broken.subarray(0, at % broken.length));
        }
        decoder.decodeBatch(wire, 0, wire.length);
      }
    }),
    { numRuns: 200 },
  );
});

test("a batch that was refused leaves no shape behind", () => {
  fc.assert(
    fc.property(batches, fc.nat(), (all, cut) => {
      const decoder = new ShapeDecoder();
      for (const wire of encodeAll(all, 1 << 20)) {
        expect(() => decoder.decodeBatch(wire, 0, cut % wire.length)).toThrow(WallarooError);
        decoder.decodeBatch(wire, 0, wire.length);
      }
    }),
    { numRuns: 100 },
  );
});

test("garbage is a batch or an error, never anything else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) =>
      decodeOrError(new ShapeDecoder(), bytes),
    ),
    { numRuns: 2_000 },
  );
});

function decodeOrError(decoder: ShapeDecoder, bytes: Uint8Array): void {
  try {
    decoder.decodeBatch(bytes, 0, bytes.length);
  } catch (error) {
    expect(error).toBeInstanceOf(WallarooError);
  }
}
