import { expect, test } from "bun:test";
import { argument, command, flag, flagName, list, option } from "../../../src/cli/command.ts";
import { count } from "../../../src/cli/values.ts";
import { FakeIo } from "../../support/fake-io.ts";

test("a command is called with the types that it declared", async () => {
  const add = command({
    name: "add",
    summary: "add",
    args: { first: argument("A", "a", count()) },
    options: { second: option("B", "b", count(), 0), json: flag("j") },
    examples: [],
    async run({ args, options, io }) {
      await io.stdout.write(`${args.first + options.second}`);
      return options.json ? 1 : 0;
    },
  });
  const io = new FakeIo();
  expect(await add.run({ first: 1 }, { second: 2, json: false }, io)).toBe(0);
  expect(io.stdout.text).toBe("3");
});

test("options read the texts that were given", () => {
  expect(option("N", "n", count()).read(["5"])).toBe(5);
  expect(option("N", "n", count()).fallback).toBeUndefined();
  expect(list("N", "n", count()).read(["1", "2"])).toEqual([1, 2]);
  expect(["true", "1", "yes"].map((text) => flag("f").read([text]))).toEqual([true, true, true]);
  expect(["false", "0", "no"].map((text) => flag("f").read([text]))).toEqual([false, false, false]);
  expect(() => flag("f").read(["on"])).toThrow('"on" is neither true nor false');
});

test("names of flags are dashed", () => {
  expect(flagName("stampAt")).toBe("stamp-at");
});
