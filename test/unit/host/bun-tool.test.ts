import { expect, test } from "bun:test";
import { join } from "node:path";
import { askTool, runTool } from "../../../src/host/bun-tool.ts";
import { AppFolder } from "../../support/app-folder.ts";

test("a tool's output and status are given, from the folder it is to run in", async () => {
  using folder = new AppFolder({ "say.ts": "console.log(process.cwd()); process.exit(3);" });
  const ran = await askTool(["run", "./say.ts"], folder.path);
  expect([ran.status, ran.stdout]).toEqual([3, `${folder.path}\n`]);
});

test("the environment of a tool cannot change what runs in it", async () => {
  using folder = new AppFolder({ "say.ts": "console.log(process.env.BUN_OPTIONS ?? 'none')" });
  process.env["BUN_OPTIONS"] = "--smol";
  try {
    expect((await askTool(["run", "./say.ts"], folder.path)).stdout).toBe("none\n");
  } finally {
    delete process.env["BUN_OPTIONS"];
  }
});

test("a tool on our terminal gives its status", async () => {
  using folder = new AppFolder({ "end.ts": "process.exit(4);" });
  expect(await runTool(["run", join(folder.path, "end.ts")], folder.path)).toBe(4);
});
