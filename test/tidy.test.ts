/** The house rules, checked over every file. The rules, and tests of them, are in test/tidy. */
import { expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ADAPTERS } from "./tidy/adapters.ts";
import {
  EVERYWHERE_BANS,
  TEST_BANS,
  WORLD_BANS,
  findBanned,
  findPlatformImports,
  findUnusedAllowances,
} from "./tidy/bans.ts";
import { ENTRIES } from "./tidy/layers.ts";
import {
  findAppImports,
  findBadNames,
  findCycles,
  findForeign,
  findLayering,
  findLong,
  findMachinePaths,
  findMissingReadmes,
  findOrphans,
  findRanges,
  findUndocumented,
  findUntested,
} from "./tidy/rules.ts";
import { scan, type Scanned } from "./tidy/scan.ts";
import { ALLOWANCES, UNTESTED_MAX } from "./tidy/debts.ts";

const root = join(import.meta.dir, "..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");

const paths = [...new Bun.Glob("{src,apps,test,docs,.ci}/**/*").scanSync({ cwd: root, dot: true })]
  .concat([...new Bun.Glob("*.{ts,md,json,toml}").scanSync({ cwd: root })])
  .filter((path) => !path.includes("node_modules/"))
  .sort();
const files = new Map<string, Scanned>(
  paths.filter((path) => path.endsWith(".ts")).map((path) => [path, scan(read(path))]),
);
const inFolder = (...folders: string[]): [string, Scanned][] =>
  [...files].filter(([file]) => folders.some((folder) => file.startsWith(folder)));
const src = new Map(inFolder("src/"));

test("there are files to check", () => {
  expect([...src.keys()]).toContain("src/model/limits.ts");
  expect(paths).toContain(".ci/run");
  expect(paths).toContain("docs/style.md");
});

test("the scanner reads every file to its end: brackets and quotes pair up in what is left", () => {
  const pairs = ["()", "{}", "[]"] as const;
  const broken = [...files].filter(([, { code }]) => {
    const count = (char: string): number => code.split(char).length - 1;
    const isPaired = pairs.every(([open, close]) => count(open!) === count(close!));
    return !isPaired || ["'", '"', "`"].some((quote) => count(quote) % 2 === 1);
  });
  expect(broken.map(([file]) => file)).toEqual([]);
});

test("files have at most 300 lines of at most 100 columns", () => {
  expect([...files].flatMap(([file, { source }]) => findLong(file, source))).toEqual([]);
});

test("files are named kebab-case, after their idea", () => {
  expect([...files.keys()].flatMap(findBadNames)).toEqual([]);
});

test("folders of src import only what the table of layers allows", () => {
  expect([...src].flatMap(([file, scanned]) => findLayering(file, scanned))).toEqual([]);
});

test("apps import only the public doors and themselves", () => {
  expect(inFolder("apps/").flatMap(([file, scanned]) => findAppImports(file, scanned))).toEqual([]);
});

test("no imports form a cycle", () => {
  expect(findCycles(files)).toEqual([]);
});

test("only the adapters touch the world past the ports", () => {
  const complaints = [...src].flatMap(([file, scanned]) => [
    ...findBanned(file, scanned, WORLD_BANS, ADAPTERS[file]),
    ...findPlatformImports(file, scanned, ADAPTERS[file]),
  ]);
  expect(complaints).toEqual([]);
});

test("adapters exist and use what they are allowed", () => {
  const complaints = Object.entries(ADAPTERS).flatMap(([file, allowance]) => {
    const scanned = files.get(file);
    if (scanned === undefined) return [`${file}: is in ADAPTERS and does not exist`];
    return findUnusedAllowances(file, scanned, allowance);
  });
  expect(complaints).toEqual([]);
});

test("nothing hides from the compiler, and nothing is left unfinished without an issue", () => {
  const complaints = [...files].flatMap(([file, scanned]) =>
    findBanned(file, scanned, EVERYWHERE_BANS, ALLOWANCES[file]),
  );
  expect(complaints).toEqual([]);
});

test("unit and property tests do not sleep, read the real clock or draw unseeded numbers", () => {
  const complaints = inFolder("test/unit/", "test/property/").flatMap(([file, scanned]) =>
    findBanned(file, scanned, TEST_BANS, ALLOWANCES[file]),
  );
  expect(complaints).toEqual([]);
});

test("every file of src is imported by another, or is an entry", () => {
  expect(findOrphans(src, ENTRIES)).toEqual([]);
});

test("every export of src/api has a docstring", () => {
  const api = inFolder("src/api/");
  expect(api.flatMap(([file, scanned]) => findUndocumented(file, scanned))).toEqual([]);
});

test("every folder of levels 3 to 7 explains itself in a README.md", () => {
  expect(findMissingReadmes(paths)).toEqual([]);
});

test("files of src without a unit test of their own only become fewer", () => {
  // A file of types has no code once they are stripped; a door only hands on.
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  const hasCode = (file: string): boolean =>
    transpiler
      .transformSync(read(file))
      .replace(/^(?:import|export \{)[^;]*;/gm, "")
      .trim() !== "";
  const untested = findUntested(paths, hasCode);
  if (untested.length > UNTESTED_MAX) expect(untested).toEqual([]);
  // When this fails, write the smaller number into test/tidy/debts.ts. The slack lets several
  // people add tests at once.
  expect(UNTESTED_MAX).toBeLessThan(untested.length + 6);
});

test("src imports no package that is only there for development", () => {
  const { dependencies } = JSON.parse(read("package.json")) as { dependencies: object };
  // Types only, gone once compiled.
  const allowed = [...Object.keys(dependencies), "@standard-schema/spec"];
  expect([...src].flatMap(([file, scanned]) => findForeign(file, scanned, allowed))).toEqual([]);
});

test("nothing names a path of one machine", () => {
  const texts = paths.filter((path) => /\.(?:ts|md|json|toml|html|css)$|^\.ci\//.test(path));
  expect(texts.flatMap((path) => findMachinePaths(path, read(path), root))).toEqual([]);
});

test("CI can be started", () => {
  expect(statSync(join(root, ".ci/run")).mode & 0o111).toBe(0o111);
  expect(read(".ci/run")).toStartWith("#!/usr/bin/env bash\n");
});

test("dependencies have exact versions", () => {
  expect(findRanges(read("package.json"))).toEqual([]);
});
