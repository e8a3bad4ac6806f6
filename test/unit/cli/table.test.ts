import { expect, test } from "bun:test";
import { bytesText, numberText, styled, tableText } from "../../../src/cli/table.ts";
import { FakeOut } from "../../support/fake-io.ts";

test("columns are as wide as their widest cell, wide signs counted", () => {
  const text = tableText(
    [{ title: "name" }, { title: "n", align: "right" }],
    [
      ["家族", "1"],
      ["a", "1,000"],
    ],
  );
  expect(text).toBe("name      n\n家族      1\na     1,000\n");
});

test("styles are for terminals", () => {
  expect(styled(new FakeOut(false), "red", "x")).toBe("x");
  expect(styled(new FakeOut(true), "red", "x")).toBe("\u001b[31mx\u001b[39m");
  expect(tableText([{ title: "a" }], [], new FakeOut(true))).toContain("\u001b[1m");
});

test("numbers for people", () => {
  expect(numberText(1_234_567.8)).toBe("1,234,568");
  expect(["0 B", "999 B", "1.0 kB", "1.5 MB", "2.0 GB", "5000.0 TB"]).toEqual(
    [0, 999, 1_000, 1_500_000, 2e9, 5e15].map(bytesText),
  );
});
