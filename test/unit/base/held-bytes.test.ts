import { expect, test } from "bun:test";
import { HeldBytes } from "../../../src/base/held-bytes.ts";

const held = (bytes: HeldBytes): string => bytes.bytes.toString("latin1", 0, bytes.size);

test("bytes are appended in order, from any part of a chunk", () => {
  const bytes = new HeldBytes();
  bytes.append(Buffer.from("xxhello"), 2, 7, 1000);
  bytes.append(Buffer.from(" world!"), 0, 6, 1000);
  expect(held(bytes)).toBe("hello world");
});

test("memory grows with what came, and never beyond what is wanted", () => {
  const bytes = new HeldBytes();
  bytes.append(Buffer.from("a"), 0, 1, 1_000_000);
  expect(bytes.bytes.length).toBe(64);
  bytes.append(Buffer.alloc(64), 0, 64, 100);
  expect(bytes.bytes.length).toBe(100);
  bytes.append(Buffer.alloc(500), 0, 500, 100);
  expect(bytes.bytes.length).toBe(565);
});

test("what was held is a copy, and stays after it was given away", () => {
  const bytes = new HeldBytes();
  const chunk = Buffer.from("first");
  bytes.append(chunk, 0, 5, 100);
  chunk.fill(0);
  const given = bytes.bytes;
  bytes.release();
  expect([bytes.size, bytes.bytes.length]).toEqual([0, 0]);
  bytes.append(Buffer.from("other"), 0, 5, 100);
  expect(given.toString("latin1", 0, 5)).toBe("first");
});
