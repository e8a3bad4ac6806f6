import { expect, test } from "bun:test";
import { join } from "node:path";
import { lockFolder } from "../../../src/host/folder-lock.ts";
import { AppFolder } from "../../support/app-folder.ts";

test("a folder below a file is told as that, and what to do", () => {
  using folder = new AppFolder({ file: "" });
  expect(() => lockFolder(join(folder.path, "file", "x"), "A coordinator")).toThrow(
    /file\/x cannot be used: a part of the path is a file.*\(ENOTDIR\); or name another/,
  );
});

test("a lock that is no lock is named", () => {
  using folder = new AppFolder({
    lock: "no database at all, but long enough to be looked at".repeat(99),
  });
  expect(() => lockFolder(folder.path, "A coordinator")).toThrow(
    /cannot be locked \(.*\): may this user write to it\? .*remove the file lock in it/,
  );
});
