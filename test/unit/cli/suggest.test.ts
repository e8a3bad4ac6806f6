import { expect, test } from "bun:test";
import { didYouMean } from "../../../src/cli/suggest.ts";

test("a near word is suggested, a far one is not", () => {
  expect(didYouMean("recieve", ["send", "receive"])).toBe("; did you mean receive?");
  expect(didYouMean("xyzzy", ["send", "receive"])).toBe("");
});
