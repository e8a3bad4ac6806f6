import { expect, test } from "bun:test";
import { isSavepointFile } from "../../../src/cli/savepoint-file.ts";

test("numbers and names of savepoints are no files, paths are", () => {
  for (const from of ["12", "sp-12"]) expect(isSavepointFile(from)).toBe(false);
  for (const from of ["a.zip", "A.ZIP", "./a", "/tmp/a", "a/b"]) {
    expect(isSavepointFile(from)).toBe(true);
  }
});
