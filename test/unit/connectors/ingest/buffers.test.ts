import { expect, test } from "bun:test";
import { BlockBuffers } from "../../../../src/connectors/ingest/buffers.ts";

test("a buffer that is given back is used again, once", () => {
  const buffers = new BlockBuffers();
  const one = buffers.take();
  buffers.give(one.subarray(24, 100));
  buffers.give(one.subarray(24, 100));
  const again = buffers.take();
  expect(again.buffer).toBe(one.buffer);
  expect(again.length).toBe(one.length);
  expect(buffers.take().buffer).not.toBe(one.buffer);
});

test("what is not from here is left alone, and few are kept", () => {
  const buffers = new BlockBuffers();
  const other = new Uint8Array(10);
  buffers.give(other);
  expect(buffers.take().buffer).not.toBe(other.buffer);
  const many = Array.from({ length: 6 }, () => buffers.take());
  for (const one of many) buffers.give(one);
  const again = new Set(Array.from({ length: 6 }, () => buffers.take().buffer));
  expect(many.filter(({ buffer }) => again.has(buffer))).toHaveLength(4);
});
