import { expect, test } from "bun:test";
import { FRAME_KINDS, checkFrame, frameHeader } from "../../../src/model/frame.ts";

test("every kind is accepted by its name, and its header fits its name", () => {
  for (const kind of FRAME_KINDS) {
    expect(checkFrame(kind, "source")).toBe(kind);
    const bits = /^u(\d+)/.exec(kind)?.[1];
    const header = frameHeader(kind);
    if (bits === undefined) expect(header).toBeUndefined();
    else {
      expect(header?.bytes).toBe((Number(bits) / 8) as 1);
      expect(header?.lengthMax).toBe(2 ** Number(bits) - 1);
      expect(header?.littleEndian).toBe(kind.endsWith("le"));
    }
  }
});

test.each([
  [undefined, "missing"],
  ["u64be", '"u64be"'],
  [4, "4"],
])("%p is no frame, and the message lists those that are", (given, shown) => {
  expect(() => checkFrame(given, 'source "lines"')).toThrow(
    `source "lines": frame is ${shown}, use one of u8, u16be, u16le, u32be, u32le, lines, none`,
  );
});
