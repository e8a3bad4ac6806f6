import { expect, test } from "bun:test";
import { cli } from "../../../src/cli/cli.ts";
import { types } from "../../../src/cli/types.ts";
import { AppFolder } from "../../support/app-folder.ts";
import { FakeIo } from "../../support/fake-io.ts";

test("a folder that does not exist gets no types", async () => {
  using folder = new AppFolder();
  const io = new FakeIo({ cwd: folder.path });
  expect(await cli(["types", "nowhere"], io, [types])).toBe(1);
  expect(io.stderr.text).toContain(`there is no folder ${folder.path}/nowhere`);
});

test("the sources as they are have no types to write, and say what has", async () => {
  using folder = new AppFolder();
  const io = new FakeIo({ cwd: folder.path });
  expect(await cli(["types"], io, [types])).toBe(1);
  expect(io.stderr.text).toContain("npm run build makes dist/wallaroo");
});
