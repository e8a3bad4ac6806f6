import { expect, test } from "bun:test";
import { KIT_FILE } from "../../../src/host/kit-file.ts";

test("the sources as they are carry no kit", () => {
  expect(KIT_FILE).toBeUndefined();
});
