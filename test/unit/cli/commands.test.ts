import { expect, test } from "bun:test";
import { commands } from "../../../src/cli/commands.ts";
import { flagName } from "../../../src/cli/command.ts";
import { GLOBAL_FLAGS } from "../../../src/cli/words.ts";

test("names are unique, in lower case, words with single spaces", () => {
  const names = commands.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z-]+( [a-z-]+)*$/);
});

test("no option hides a global one, short flags are one letter and unique in their command", () => {
  for (const { options } of commands) {
    for (const name of Object.keys(options)) expect(GLOBAL_FLAGS).not.toContain(flagName(name));
    const shorts = Object.values(options).flatMap(({ short }) => short ?? []);
    expect(new Set(shorts).size).toBe(shorts.length);
    for (const short of shorts) expect(short).toMatch(/^[a-z]$/);
    expect(shorts).not.toContain("h");
    expect(shorts).not.toContain("v");
  }
});

test("summaries are one line without a full stop, examples begin with the command", () => {
  for (const { name, summary, examples } of commands) {
    expect(summary).toMatch(/^[a-z][^\n]*[^.\n]$/);
    for (const [typed] of examples) expect(typed).toContain(`wallaroo ${name}`);
  }
});

test("arguments that may be left out come last", () => {
  for (const { args } of commands) {
    const required = Object.values(args).map(({ isRequired }) => isRequired);
    expect(required).toEqual(required.toSorted((a, b) => Number(b) - Number(a)));
  }
});
