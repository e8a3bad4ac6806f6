import { expect, test } from "bun:test";
import { isSavepointFile, keptText } from "../../../src/cli/savepoint-file.ts";

test("numbers and names of savepoints are no files, paths are", () => {
  for (const from of ["12", "sp-12"]) expect(isSavepointFile(from)).toBe(false);
  for (const from of ["a.zip", "A.ZIP", "./a", "/tmp/a", "a/b"]) {
    expect(isSavepointFile(from)).toBe(true);
  }
});

test("what was kept for an export that failed is told with the way to remove it", () => {
  expect(keptText("counts", "sp-7")).toBe(
    "savepoint sp-7 of counts is kept all the same: `wallaroo savepoint counts --remove sp-7` " +
      "removes it",
  );
});
