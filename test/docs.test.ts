/** The docs are true where a machine can tell: programs compile, links and files exist. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brokenLinks, missingFiles, programsOf } from "./tidy/markdown.ts";

const root = join(import.meta.dir, "..");
const docs = ["*.md", "{docs,src,apps,test}/**/*.md"]
  .flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: root })])
  .filter((file) => !file.includes("node_modules/"))
  .sort();
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const exists = (path: string): boolean => existsSync(join(root, path));

test("links between docs lead to files and headings that exist", () => {
  expect(docs.flatMap((file) => brokenLinks(file, read(file), exists, read))).toEqual([]);
});

test("docs name only files that exist", () => {
  expect(docs.flatMap((file) => missingFiles(file, read(file), exists))).toEqual([]);
});

describe("programs of the README and the guide", () => {
  // Inside the package, so that "wallaroo" means what it means to an app in apps/.
  let folder = "";
  beforeAll(() => {
    mkdirSync(join(root, ".wallaroo"), { recursive: true });
    folder = mkdtempSync(join(root, ".wallaroo/docs-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("compile against the API, each on its own", () => {
    const files = docs.filter((file) => file === "README.md" || file.startsWith("docs/guide/"));
    const programs = files.flatMap((file) => programsOf(file, read(file)));
    expect(files).toContain("README.md");
    expect(programs.length).toBeGreaterThanOrEqual(files.length);
    for (const { name, source } of programs) {
      mkdirSync(join(folder, dirname(name)), { recursive: true });
      writeFileSync(join(folder, name), source);
    }
    const config = {
      extends: join(root, "tsconfig.json"),
      files: programs.map(({ name }) => name),
      include: [],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const tsc = Bun.spawnSync([process.execPath, compiler, "-p", folder, "--pretty", "false"]);
    expect(tsc.stdout.toString() + tsc.stderr.toString()).toBe("");
    expect(tsc.exitCode).toBe(0);
  });
});
