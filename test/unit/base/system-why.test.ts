import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { systemCause, systemCode, whyOf } from "../../../src/base/system-why.ts";

test("what the system says of a path is put into words that say what to do", () => {
  const why = (path: string): string => {
    try {
      readFileSync(path);
      return "";
    } catch (error) {
      return whyOf(error);
    }
  };
  expect(why("/no/such/file")).toBe("there is nothing of that name: check the path (ENOENT)");
  expect(why(import.meta.dir)).toBe(
    "it is a folder, where a file is expected: name a file (EISDIR)",
  );
  expect(why(`${import.meta.path}/x`)).toMatch(/^a part of the path is a file.*ENOTDIR/);
});

test("what is not of the system keeps its own words", () => {
  expect(whyOf(new Error("no such luck"))).toBe("no such luck");
  expect(whyOf(Object.assign(new Error("odd"), { code: "EODD" }))).toBe("odd");
  expect(whyOf("a text")).toBe("a text");
  expect([systemCode(new Error("x")), systemCode(undefined)]).toEqual(["", ""]);
  expect([systemCode({ code: "EAGAIN" }), systemCode({ code: 7 })]).toEqual(["EAGAIN", ""]);
  expect(systemCause("EODD")).toBeUndefined();
});
