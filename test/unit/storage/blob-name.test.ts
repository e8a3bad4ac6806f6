import { expect, test } from "bun:test";
import fc from "fast-check";
import { posix } from "node:path";
import { BLOB_NAME_MAX } from "../../../src/model/limits.ts";
import { checkBlobPrefix, isBlobName } from "../../../src/storage/blob-name.ts";

const ODD = fc.string({ unit: fc.constantFrom("a", ".", "/", "\\", "\0", "-", "%", " ") });

test("a name that is accepted stays inside its folder and is spelled in one way", () => {
  fc.assert(
    fc.property(ODD, (name) => {
      if (isBlobName(name)) expect(posix.resolve("/top/in", name)).toBe(`/top/in/${name}`);
    }),
  );
});

test("names of usual letters are accepted up to the limit", () => {
  expect(isBlobName("jobs/a-1/state_0.seg")).toBe(true);
  const long = "a/".repeat(BLOB_NAME_MAX / 2 - 1);
  expect([isBlobName(`${long}aa`), isBlobName(`${long}aaa`)]).toEqual([true, false]);
});

test("the start of every name is accepted as the start of names", () => {
  const name = "jobs/a-1/state_0.seg";
  for (let end = 0; end <= name.length; end++) checkBlobPrefix(name.slice(0, end));
  for (const bad of ["/", "../", "a//b", "a/./b"]) expect(() => checkBlobPrefix(bad)).toThrow();
});
