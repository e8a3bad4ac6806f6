import { expect, test } from "bun:test";
import { headSize, SEGMENT_VERSION, tailSize } from "../../../src/checkpoint/segment-form.ts";
import { SEGMENT_META_BYTES_MAX } from "../../../src/model/limits.ts";

test("a header that announces more than the limit is refused before it is read", () => {
  const head = new Uint8Array(10);
  head.set(new TextEncoder().encode("WSEG"));
  const view = new DataView(head.buffer);
  view.setUint16(4, SEGMENT_VERSION);
  view.setUint32(6, SEGMENT_META_BYTES_MAX + 1);
  expect(() => headSize(head, "a.seg")).toThrow(`limit ${SEGMENT_META_BYTES_MAX}`);
  view.setUint32(6, 5);
  expect(headSize(head, "a.seg")).toBe(10 + 5 + 4);
});

test("a file of a form before the first release is refused, with what to do", () => {
  const head = new Uint8Array(10);
  head.set(new TextEncoder().encode("WSEG"));
  new DataView(head.buffer).setUint16(4, 1);
  expect(() => headSize(head, "a.seg")).toThrow(/form 1, of an engine before the first release/);
});

test("what does not end as a segment is said to be cut off", () => {
  expect(() => tailSize(new Uint8Array(12), "a.seg")).toThrow("is it cut off?");
});
