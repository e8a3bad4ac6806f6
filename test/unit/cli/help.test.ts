import { expect, test } from "bun:test";
import { commands } from "../../../src/cli/commands.ts";
import { commandHelp, groupHelp, mainHelp, usageLine } from "../../../src/cli/help.ts";

test.each(commands.map((command) => [command.name, command] as const))(
  "the help of %s has usage, every option with its variable, and examples",
  (name, command) => {
    const help = commandHelp(command, 80);
    expect(help).toContain(`Usage: wallaroo ${name}`);
    expect(help).toContain("Examples:");
    expect(command.examples.length).toBeGreaterThan(0);
    for (const option of Object.keys(command.options)) {
      const dashed = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      expect(help).toMatch(new RegExp(`--(no-)?${dashed}\\b`));
      expect(help).toContain(`WALLAROO_${dashed.replaceAll("-", "_").toUpperCase()}]`);
    }
  },
);

test("help keeps to the width of the terminal, but for examples", () => {
  for (const columns of [60, 80, 200]) {
    for (const command of commands) {
      const [text] = commandHelp(command, columns).split("Examples:");
      const lines = text!.split("\n").slice(4);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(Math.min(columns, 100));
    }
  }
});

test("the main help lists every command with its summary", () => {
  const help = mainHelp(commands, "1.2.3", 200);
  for (const { name, summary } of commands) {
    expect(help).toContain(name);
    expect(help).toContain(summary);
  }
  expect(help).toContain("1.2.3");
});

test("a group lists its commands", () => {
  const one = { ...commands[0]!, name: "store verify" };
  const help = groupHelp("store", [one, commands[1]!], 80);
  expect(help).toContain("store verify");
  expect(help).not.toContain(commands[1]!.name);
  expect(usageLine(one)).toStartWith("wallaroo store verify");
});

test("the time that an option takes by itself is told as it would be typed", () => {
  const run = commands.find(({ name }) => name === "run")!;
  expect(commandHelp(run, 200)).toContain("default 10s; WALLAROO_LOAD_WITHIN");
});
