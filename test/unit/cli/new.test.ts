import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { cli } from "../../../src/cli/cli.ts";
import { newApp } from "../../../src/cli/new.ts";
import { AppFolder } from "../../support/app-folder.ts";
import { FakeIo } from "../../support/fake-io.ts";

async function make(...argv: string[]): Promise<{ status: number; err: string }> {
  using folder = new AppFolder({ "taken/app.ts": "" });
  const io = new FakeIo({ cwd: folder.path });
  const status = await cli(["new", ...argv], io, [newApp]);
  // Nothing is made by what fails.
  expect(existsSync(`${folder.path}/words`)).toBe(false);
  return { status, err: io.stderr.text };
}

test("a name that a job cannot have is refused, with what it may be", async () => {
  for (const name of ["Words", "1st", "w".repeat(64), "wörter", "a b", "-x", "../words"]) {
    const { status, err } = await make("--", name);
    expect([name, status]).toEqual([name, 2]);
    expect(err).toContain("a lower-case letter, then at most 62 of a-z, 0-9, _ and -");
  }
  expect((await make("some/words")).err).toContain("where it goes is said by --in DIR");
});

test("a folder that exists is refused, and so is a parent that does not", async () => {
  expect(await make("taken")).toMatchObject({
    status: 1,
    err: expect.stringContaining("taken exists: choose another name"),
  });
  expect(await make("words", "--in", "none")).toMatchObject({
    status: 1,
    err: expect.stringContaining("there is no folder"),
  });
});
