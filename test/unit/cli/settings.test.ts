import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command, flag, list, option } from "../../../src/cli/command.ts";
import { ConfigFile, envName, readConfig, settings } from "../../../src/cli/settings.ts";
import { count, text } from "../../../src/cli/values.ts";

const folder = mkdtempSync(join(tmpdir(), "wallaroo-settings-"));
afterAll(() => rmSync(folder, { recursive: true }));

const nothing = async (): Promise<number> => 0;
const made = command({
  name: "make",
  summary: "make",
  args: {},
  options: {
    stampAt: option("N", "n", count()),
    json: flag("j"),
    set: list("A=B", "s", text),
  },
  examples: [],
  run: nothing,
});
const none = { given: {}, env: {}, file: undefined };

test("names of variables are made of names of options", () => {
  expect(envName("stampAt")).toBe("WALLAROO_STAMP_AT");
});

test("a wrong value says where it came from", () => {
  const env = { WALLAROO_STAMP_AT: "x" };
  expect(() => settings(made, { ...none, env })).toThrow(
    'WALLAROO_STAMP_AT (environment): "x" is no whole number',
  );
  const file = new ConfigFile("a.json", { "stamp-at": -1 }, [made]);
  expect(() => settings(made, { ...none, file })).toThrow("stamp-at in a.json: -1 is out of range");
});

test("an empty variable counts as none, a list is cut at commas", () => {
  const env = { WALLAROO_STAMP_AT: "", WALLAROO_SET: "a=1,b=2", WALLAROO_JSON: "1" };
  expect(settings(made, { ...none, env })).toEqual({
    stampAt: undefined,
    json: true,
    set: ["a=1", "b=2"],
  });
});

test("a table in a file may stand for a list of name=value", () => {
  const file = new ConfigFile("a.json", { make: { set: { in: ":1", out: ":2" } } }, [made]);
  expect(settings(made, { ...none, file })["set"]).toEqual(["in=:1", "out=:2"]);
});

test.each([
  [{ stampat: 1 }, "there is no setting stampat; did you mean stamp-at?"],
  [{ make: { jso: true } }, "there is no setting jso of [make]; did you mean json?"],
  [{ json: null }, "json is neither a text, a number, true, false nor a list"],
  [[], "a table of settings is wanted"],
])("the file %j is refused", (content, why) => {
  expect(() => new ConfigFile("a.json", content, [made])).toThrow(`a.json: ${why}`);
});

test("a list where one value is wanted is refused", () => {
  const file = new ConfigFile("a.json", { "stamp-at": [1, 2] }, [made]);
  expect(() => settings(made, { ...none, file })).toThrow("one value is wanted");
});

test("JSON and TOML are read, what is neither is told", async () => {
  const write = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const json = await readConfig(write("a.json", '{"stamp-at": 3}'), [made]);
  const toml = await readConfig(write("a.toml", "stamp-at = 3"), [made]);
  for (const file of [json, toml]) {
    expect(settings(made, { ...none, file })["stampAt"]).toBe(3);
  }
  expect(readConfig(write("b.json", "{"), [made])).rejects.toThrow(/it is no JSON: (?!JSON)/);
  expect(readConfig(write("b.toml", "= 1"), [made])).rejects.toThrow("it is no TOML");
  expect(readConfig(join(folder, "no.toml"), [made])).rejects.toThrow("cannot be read");
});
