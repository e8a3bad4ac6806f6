import { expect, test } from "bun:test";
import fc from "fast-check";
import { ByteWriter } from "../../../src/base/bytes.ts";
import { writePlain } from "../../../src/codec/plain-write.ts";
import { ColdBlock } from "../../../src/state/cold-block.ts";
import { ColdGroup, coldKeyEnd } from "../../../src/state/cold-group.ts";

const bytesOf = (key: unknown): Uint8Array => {
  const writer = new ByteWriter();
  writePlain(key, writer);
  return writer.take();
};

const end = (key: unknown): number => {
  const bytes = bytesOf(key);
  const padded = Uint8Array.of(1, 2, ...bytes, 3, 4);
  const found = coldKeyEnd(padded, 2, padded.length);
  return found === -1 ? -1 : found - 2;
};

test("keys of texts, whole numbers and booleans end where their bytes do", () => {
  const key = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 200 }).filter((text) => text.isWellFormed()),
    fc.maxSafeInteger().map((number) => number + 0), // -0 is 0
    fc.boolean(),
  );
  fc.assert(fc.property(key, (one) => expect(end(one)).toBe(bytesOf(one).length)));
});

test("others have no end here: what is the same key may have other bytes", () => {
  for (const key of [["a", 1], [], -0, 0.5, 2 ** 60, Infinity, "\ud800", null, 3n]) {
    expect([key, end(key)]).toEqual([key, -1]);
  }
});

test("a key that is cut off has no end", () => {
  for (const key of ["a text", "x".repeat(100), 1_000_000, -7]) {
    const bytes = bytesOf(key);
    expect(coldKeyEnd(bytes, 0, bytes.length)).toBe(bytes.length);
    expect(coldKeyEnd(bytes, 0, bytes.length - 1)).toBe(-1);
    expect(coldKeyEnd(bytes.subarray(0, 1), 0, 1)).toBe(-1);
  }
});

/** Each record is its key and nothing else; a removal has its end as a complement. */
function groupOf(keys: readonly unknown[], isRemoval: (i: number) => boolean = () => false) {
  const writer = new ByteWriter();
  const blocks: ColdBlock[] = [];
  const group = new ColdGroup(blocks);
  for (const [i, key] of keys.entries()) {
    const at = writer.at;
    writePlain(key, writer);
    group.add(0, at, isRemoval(i) ? ~writer.at : writer.at);
  }
  blocks.push(new ColdBlock(writer.take(), { kind: "map" }, []));
  group.finish();
  return group;
}

test("records of a key are given in the order in which they came, once", () => {
  const keys = Array.from({ length: 300 }, (_, i) => (i * 7) % 40);
  const group = groupOf(keys);
  expect(group.size).toBe(40);
  for (let key = 0; key < 40; key++) {
    const bytes = bytesOf(key);
    const places = group.take(bytes, bytes.length)!.map(({ at }) => at);
    expect(places).toEqual(keys.flatMap((one, i) => (one === key ? [i] : [])));
    expect(group.take(bytes, bytes.length)).toBeUndefined();
  }
  expect(group.size).toBe(0);
});

test("what was removed is not there, and is anew behind its removal", () => {
  const group = groupOf(["a", "b", "a", "b", "b"], (i) => i === 2 || i === 3);
  expect(group.size).toBe(1);
  expect(group.takeAny()!.map(({ at }) => at)).toEqual([8]);
  expect(group.takeAny()).toBeUndefined();
});
