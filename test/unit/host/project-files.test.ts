import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkFolder, hasTests, hasFile, writeProject } from "../../../src/host/project-files.ts";
import { AppFolder } from "../../support/app-folder.ts";
import { writeSmallKit } from "../../support/small-kit.ts";

test("a project is its files and the kit", async () => {
  using folder = new AppFolder();
  const made = join(folder.path, "words");
  await writeProject(made, { "app.ts": "text" }, await writeSmallKit(folder));
  expect(readFileSync(join(made, "app.ts"), "utf8")).toBe("text");
  expect(readdirSync(join(made, "node_modules"))).toEqual(["wallaroo"]);
  expect(await hasFile(join(made, "app.ts"))).toBe(true);
  expect(await hasFile(made)).toBe(false);
});

test("what exists is not touched, and a parent that does not exist is told", async () => {
  using folder = new AppFolder({ "words/mine.ts": "mine", file: "" });
  const kit = await writeSmallKit(folder);
  const write = (path: string) => writeProject(join(folder.path, path), { "app.ts": "" }, kit);
  await expect(write("words")).rejects.toThrow("words exists: choose another name");
  expect(readdirSync(join(folder.path, "words"))).toEqual(["mine.ts"]);
  await expect(write("file")).rejects.toThrow("file exists");
  await expect(write("none/words")).rejects.toThrow(`there is no folder ${folder.path}/none`);
  await expect(write("file/words")).rejects.toThrow(`there is no folder ${folder.path}/file`);
});

test("a project that cannot be finished is not begun", async () => {
  using folder = new AppFolder();
  const made = join(folder.path, "words");
  const writing = writeProject(made, { "app.ts": "" }, join(folder.path, "no-kit.zst"));
  await expect(writing).rejects.toThrow("is not made");
  expect(existsSync(made)).toBe(false);
});

test("a folder is one, or it is told why not", async () => {
  using folder = new AppFolder({ file: "" });
  await checkFolder(folder.path);
  await expect(checkFolder(join(folder.path, "x"))).rejects.toThrow("there is no folder");
  await expect(checkFolder(join(folder.path, "file"))).rejects.toThrow("is a file: name a folder");
});

test("tests are found below a folder, not in packages or hidden folders", async () => {
  using folder = new AppFolder({
    "a/app.ts": "",
    "a/node_modules/b/c.test.ts": "",
    "a/.hidden/c.test.ts": "",
    "a/latest.ts": "",
    "b/c/d/words.test.ts": "",
    "e/words_spec.mjs": "",
  });
  const found = (name: string) => hasTests(join(folder.path, name));
  expect([await found("a"), await found("b"), await found("e"), await found(".")]).toEqual([
    false,
    true,
    true,
    true,
  ]);
});
