import { expect, test } from "bun:test";
import { cli } from "../../../src/cli/cli.ts";
import { commands } from "../../../src/cli/commands.ts";
import { SHELLS } from "../../../src/cli/shells.ts";
import { FakeIo } from "../../support/fake-io.ts";

test.each(SHELLS)("the script for %s knows every command, itself among them", async (shell) => {
  const io = new FakeIo();
  expect(await cli(["completions", shell], io, commands)).toBe(0);
  for (const { name } of commands) expect(io.stdout.text).toContain(name.split(" ")[0]!);
  expect(io.stdout.text).toContain("completions");
});

test("another shell is refused with those there are", async () => {
  const io = new FakeIo();
  expect(await cli(["completions", "fsh"], io, commands)).toBe(2);
  expect(io.stderr.text).toContain('SHELL: "fsh" is none of bash, zsh, fish; did you mean zsh?');
});
