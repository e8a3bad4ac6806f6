import { expect, test } from "bun:test";
import {
  badOption,
  checkChoice,
  checkInterval,
  checkMethod,
  checkText,
} from "../../../src/connectors/bad-option.ts";

test("a bad option says where it was given", () => {
  expect(badOption("file.read", "path is missing")).toMatchObject({
    code: "bad_option",
    domain: "user",
    message: "file.read: path is missing",
  });
});

test("a codec that is missing, or a function that was not called, is refused", () => {
  for (const value of [undefined, null, 3, () => 1, {}, { decode: 1 }]) {
    expect(() => checkMethod("in", "decode", value, "decode")).toThrow("in: decode is");
  }
  expect(() => checkMethod("in", "decode", { decode: () => 1 }, "decode")).not.toThrow();
});

test("texts, choices and intervals are checked", () => {
  for (const value of [undefined, "", 3]) {
    expect(() => checkText("in", "path", value)).toThrow("in: path is");
  }
  expect(() => checkText("in", "path", "a")).not.toThrow();
  expect(() => checkChoice("in", "mode", "c", ["a", "b"])).toThrow('"c": use a or b');
  expect(() => checkChoice("in", "mode", undefined, ["a", "b"])).not.toThrow();
  expect(checkInterval("in", "follow", "2s")).toBe(2000);
  for (const value of [0, -1, "0ms", "soon"]) {
    expect(() => checkInterval("in", "follow", value)).toThrow("follow");
  }
});
