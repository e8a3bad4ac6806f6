import { expect, test } from "bun:test";
import { ownText } from "../../../src/base/own-text.ts";

test.each(["", "word", "ü", "日本", "😀 and more", "x".repeat(5_000)])(
  "a copy equals %s",
  (text) => {
    expect(ownText(text)).toBe(text);
    expect(ownText(`${text} and more`.slice(0, text.length))).toBe(text);
  },
);
