import { expect, test } from "bun:test";
import { join } from "node:path";
import { cli } from "../../../src/cli/cli.ts";
import { DOORS } from "../../../src/cli/doors.ts";
import { explain } from "../../../src/cli/explain.ts";
import { AppFolder, lineApp } from "../../support/app-folder.ts";
import { FakeIo } from "../../support/fake-io.ts";

test("helpers of an app's tests load together with the app", async () => {
  using folder = new AppFolder({
    "app.ts": `export { start } from "./helper.ts";\n${lineApp("helped", "line")}`,
    "helper.ts": 'import { testApp } from "wallaroo/testing";\nexport const start = testApp;\n',
  });
  const io = new FakeIo({ cwd: folder.path });
  const status = await cli(["explain", join(folder.path, "app.ts")], io, [explain]);
  expect([status, io.stderr.text]).toEqual([0, ""]);
});

test("what an app may import besides is loaded when it is asked for", async () => {
  expect(Object.keys(DOORS)).toEqual(["wallaroo/testing"]);
  expect(await DOORS["wallaroo/testing"]!()).toHaveProperty("testApp");
});
