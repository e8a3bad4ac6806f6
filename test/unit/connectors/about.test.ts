import { expect, test } from "bun:test";
import { utf8 } from "../../../src/codec/utf8.ts";
import { framesText } from "../../../src/connectors/about.ts";

test("what a connector says of its bytes names frame and codec", () => {
  expect(framesText("lines", utf8)).toBe("lines of utf8");
  expect(framesText("u32be", utf8)).toBe("u32be frames of utf8");
  expect(framesText("none", { decode: () => 1 })).toBe("pieces");
});
