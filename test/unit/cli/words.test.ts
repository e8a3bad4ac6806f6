import { expect, test } from "bun:test";
import { command, flag } from "../../../src/cli/command.ts";
import { commandOf, MARK, prepare, shownFlags } from "../../../src/cli/words.ts";

const named = (name: string) =>
  command({
    name,
    summary: name,
    args: {},
    options: { json: flag("j"), metrics: flag("m", {}, true) },
    examples: [],
    run: async () => 0,
  });
const commands = [named("job"), named("job list"), named("status")];

test("the command with the most words is taken, its words joined", () => {
  expect(prepare(["job", "list", "x"], commands).forCac).toEqual(["job list", `${MARK}x`]);
  expect(prepare(["job", "x"], commands).forCac).toEqual(["job", `${MARK}x`]);
});

test("global flags may stand before and after the command", () => {
  for (const argv of [
    ["--config", "f", "status"],
    ["status", "--config=f"],
  ]) {
    expect(prepare(argv, commands)).toMatchObject({ configFile: "f", forCac: ["status"] });
  }
});

test("all after two dashes are values", () => {
  const { forCac } = prepare(["status", "--json", "--", "--json", "-"], commands);
  expect(forCac).toEqual(["status", "--json", `${MARK}--json`, `${MARK}-`]);
});

test("a line's command is found for hints", () => {
  expect(commandOf(["--help", "job", "list", "--nonsense"], commands)?.name).toBe("job list");
  expect(commandOf(["--help"], commands)).toBeUndefined();
  expect(commandOf(["nothing"], commands)).toBeUndefined();
});

test("a flag that is on is shown with no- before it", () => {
  expect(shownFlags(named("a").options)).toEqual(["json", "no-metrics"]);
});
