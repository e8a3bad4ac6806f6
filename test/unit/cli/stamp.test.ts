import { expect, test } from "bun:test";
import {
  readStamp,
  STAMP_FORMATS,
  stampBytes,
  stampOf,
  writeStamp,
} from "../../../src/cli/stamp.ts";

const view = new DataView(new ArrayBuffer(40));
const US = 1_795_631_916_547_627;

test.each(STAMP_FORMATS)("a stamp as %s is read as it was written", (format) => {
  for (const us of [0, 1, 999, US]) {
    writeStamp(view, 5, us, format);
    expect(readStamp(view, 2, 40, { at: 3, format })).toBe(us);
  }
});

test("a record that is too short, or has no digits there, has no stamp", () => {
  expect(readStamp(view, 0, 10, { at: 3, format: "f64" })).toBeNaN();
  new Uint8Array(view.buffer).fill(120);
  expect(readStamp(view, 0, 40, { at: 3, format: "text" })).toBeNaN();
});

test("a stamp as text has sixteen digits and no line end", () => {
  writeStamp(view, 0, 42, "text");
  expect(Buffer.from(view.buffer, 0, stampBytes("text")).toString()).toBe("0000000000000042");
});

test("flags choose text for lines, and refuse what cannot be", () => {
  expect(stampOf(4, undefined, "lines")).toEqual({ at: 4, format: "text" });
  expect(stampOf(4, undefined, "u32be")).toEqual({ at: 4, format: "f64" });
  expect(stampOf(undefined, undefined, "lines")).toBeUndefined();
  expect(() => stampOf(undefined, "text", "lines")).toThrow("without --stamp-at");
  expect(() => stampOf(0, "f64", "lines")).toThrow("may hold a line end");
});
