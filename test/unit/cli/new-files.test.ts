import { expect, test } from "bun:test";
import { newFiles } from "../../../src/cli/new-files.ts";
import { runApp } from "../../support/run-app.ts";
import type { App } from "../../../src/model/app.ts";
import { registerVirtualModules } from "../../../src/host/virtual-modules.ts";
import { AppFolder } from "../../support/app-folder.ts";

test("a new app has an app of its name, a test, options and what is not to be committed", () => {
  const files = newFiles("my-words");
  expect(Object.keys(files).sort()).toEqual([
    ".gitignore",
    "README.md",
    "app.test.ts",
    "app.ts",
    "tsconfig.json",
  ]);
  expect(files["app.ts"]).toContain('app("my-words",');
  expect(files["README.md"]).toStartWith("# my-words\n");
  expect(files[".gitignore"]).toContain("node_modules/");
  expect(JSON.parse(files["tsconfig.json"]!)).toMatchObject({ compilerOptions: { strict: true } });
  expect(Object.values(files).every((text) => text.endsWith("\n"))).toBe(true);
});

test("it counts words", async () => {
  using folder = new AppFolder(newFiles("words"));
  registerVirtualModules();
  const made = (await import(`${folder.path}/app.ts`)) as { default: App };
  const { counts } = await runApp(made.default, { sources: { lines: ["the cat", "The end"] } });
  expect(counts).toEqual(["the => 1", "cat => 1", "the => 2", "end => 1"]);
});
