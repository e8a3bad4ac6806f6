import { describe, expect, test } from "bun:test";
import { WallarooError, externalError, messageOf, userError } from "../../../src/base/errors.ts";

describe("WallarooError", () => {
  test("carries code, domain and cause, and is an Error that stands in a stack", () => {
    const cause = new Error("below");
    const error = new WallarooError("disk_full", "no room", { domain: "external", cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "WallarooError",
      code: "disk_full",
      message: "no room",
      domain: "external",
      retryable: false,
      cause,
    });
    expect(error.stack).toContain("errors.test.ts");
  });

  test("has no cause when none is given", () => {
    expect("cause" in new WallarooError("x", "y", { domain: "internal" })).toBe(false);
  });

  test("a mistake of a user does not go away by trying again, one of the world may", () => {
    expect(userError("a", "b")).toMatchObject({ domain: "user", retryable: false });
    expect(externalError("a", "b")).toMatchObject({ domain: "external", retryable: true });
  });
});

describe("messageOf", () => {
  test.each([
    ["an error", new Error("text"), "text"],
    ["an error without text", new TypeError(""), "TypeError"],
    ["a text", "thrown text", "thrown text"],
    ["an empty text", "", "an empty text was thrown"],
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["a number", 42, "42"],
    ["a symbol", Symbol("s"), "Symbol(s)"],
    ["an object without toString", Object.create(null), "[object Object]"],
  ])("of %s is its text", (_, thrown: unknown, text) => expect(messageOf(thrown)).toBe(text));
});
