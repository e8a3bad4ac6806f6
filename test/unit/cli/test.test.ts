import { expect, test } from "bun:test";
import { cli } from "../../../src/cli/cli.ts";
import { test as testCommand } from "../../../src/cli/test.ts";
import { AppFolder } from "../../support/app-folder.ts";
import { FakeIo } from "../../support/fake-io.ts";

test("a folder that does not exist has no tests", async () => {
  using folder = new AppFolder();
  const io = new FakeIo({ cwd: folder.path });
  expect(await cli(["test", "nowhere"], io, [testCommand])).toBe(1);
  expect(io.stderr.text).toContain(`there is no folder ${folder.path}/nowhere`);
});

test("a folder without tests, and a file, are told in words of this command", async () => {
  using folder = new AppFolder({ "app.ts": "" });
  const io = new FakeIo({ cwd: folder.path });
  expect(await cli(["test"], io, [testCommand])).toBe(1);
  expect(io.stderr.text).toMatch(/there are no tests below .*: a test is in a file NAME\.test\.ts/);
  expect(await cli(["test", "app.ts"], io, [testCommand])).toBe(1);
  expect(io.stderr.text).toContain("app.ts is a file: name a folder");
});

test("a time that is none is wrong usage", async () => {
  const io = new FakeIo();
  expect(await cli(["test", "--timeout", "soon"], io, [testCommand])).toBe(2);
  expect(io.stderr.text).toContain('"soon" is no duration');
});
