import { expect, test } from "bun:test";
import { crc32 } from "node:zlib";
import { RecordSum, StreamCrc, sumText } from "../../../src/cli/checksum.ts";

const bytes = Buffer.from("abcdef");

test("the order of records does not count, their cuts do", () => {
  const sumOf = (...cuts: [number, number][]): number => {
    const sum = new RecordSum();
    for (const [start, end] of cuts) sum.add(bytes, start, end);
    return sum.value;
  };
  expect(sumOf([0, 2], [2, 6])).toBe(sumOf([2, 6], [0, 2]));
  expect(sumOf([0, 2], [2, 6])).not.toBe(sumOf([0, 3], [3, 6]));
});

test("many sums are as many additions", () => {
  const once = new RecordSum();
  once.add(bytes, 0, 6);
  const added = new RecordSum();
  for (let i = 0; i < 1_000; i++) added.add(bytes, 0, 6);
  const multiplied = new RecordSum();
  multiplied.addSum(once.value, 1_000);
  expect(multiplied.value).toBe(added.value);
  const wrapped = new RecordSum();
  wrapped.addSum(3, 2 ** 33 + 2);
  expect(wrapped.value).toBe(6);
});

test("the CRC of a stream is that of its bytes, wherever it is cut", () => {
  const crc = new StreamCrc();
  crc.add(bytes.subarray(0, 1));
  crc.add(bytes.subarray(1));
  expect(crc.value).toBe(crc32(bytes));
  expect(sumText(255)).toBe("000000ff");
});
