/** For each house rule, an example that it must object to, and one that it must not. */
import { describe, expect, test } from "bun:test";
import {
  EVERYWHERE_BANS,
  TEST_BANS,
  WORLD_BANS,
  findBanned,
  findPlatformImports,
  findUnusedAllowances,
} from "./bans.ts";
import { MAY_IMPORT } from "./layers.ts";
import * as rules from "./rules.ts";
import { importsOf, scan } from "./scan.ts";

const world = (source: string) => findBanned("src/a.ts", scan(source), WORLD_BANS);
const everywhere = (source: string) => findBanned("src/a.ts", scan(source), EVERYWHERE_BANS);
const scanAll = (sources: Record<string, string>) =>
  new Map(Object.entries(sources).map(([file, source]) => [file, scan(source)]));

describe("bans", () => {
  test.each([
    ["const t = Date.now();", "clock.now()"],
    ["const t = new Date();", "clock.now()"],
    ["const t = new Date;", "clock.now()"],
    ["const t = new Date( ).getTime();", "clock.now()"],
    ["const text = Date();", "clock.now()"],
    ["performance.now();", "clock.monotonic()"],
    ["const r = Math.random();", "base/prng"],
    ["setTimeout(fn, 5);", "clock.after()"],
    ["setInterval(fn, 5);", "clock.after()"],
    ["setImmediate(fn);", "clock.soon()"],
    ["clearTimeout(t);", "clock.after()"],
    ["queueMicrotask(fn);", "clock.soon()"],
    ["console.log(1);", "ports/logger"],
    ['const v = process.env["A"];', "host"],
    ["process.exit(1);", "host"],
    ["Bun.serve({});", "port"],
    ["crypto.randomUUID();", "ports/random"],
    ["await fetch(url);", "ports/network"],
    ["globalThis.x;", "import"],
    ["const s = `${Date.now()}`;", "clock.now()"],
    ["const half = a! / 2; Date.now(); // /", "clock.now()"],
    ["const q = a / b; const r = Math.random() / c;", "base/prng"],
  ])("%p is refused with %p named instead", (source, instead) => {
    const found = world(source);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(instead);
    expect(found[0]).toStartWith("src/a.ts:1: ");
  });

  test.each([
    "// Date.now() would be wrong here",
    "/* Math.random() */ const a = 1;",
    "/** Not a timer: setTimeout(fn). */",
    'const text = "Date.now() console.log() process.env";',
    "const text = 'it\\'s Date.now()';",
    "const text = `Bun.serve ${name} fetch()`;",
    "const pattern = /Date.now()|[/]Math.random()/g;",
    "return /console.log()/.test(text);",
    "const d = new Date(ms);",
    "const t = new Date(clock.now()).toISOString();",
    "clock.performance.now();",
    "const process = (record: number) => record;",
    "this.fetch(key);",
    "const { crypto } = options;",
  ])("%p is allowed", (source) => expect(world(source)).toEqual([]));

  test.each([
    ["const a: any = 1;", "unknown"],
    ["const a = b as any;", "unknown"],
    ["const a: Map<string, any> = b;", "unknown"],
    ["type F = () => any;", "unknown"],
    ["enum Color { Red }", "union"],
    ["const enum Color { Red }", "union"],
    ['test.only("x", fn);', "-t NAME"],
    ["// @ts-ignore", "a type that is true"],
    ["// @ts-nocheck", "a type that is true"],
    ["// FIXME: breaks", "TODO(#issue)"],
    ["// TODO: later", "TODO(#issue)"],
  ])("%p is refused everywhere, %p named instead", (source, instead) => {
    const found = everywhere(source);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(instead);
  });

  test.each([
    "// TODO(#12): merge panes",
    "// any of these, as any reader knows: any",
    'const text = "FIXME: any";',
    "const any = 1; f(any);",
    "const isAny = list.any(x);",
  ])("%p is allowed everywhere", (source) => expect(everywhere(source)).toEqual([]));

  test("a sleep in a unit test is refused, letting others run is not", () => {
    const found = (source: string) =>
      findBanned("test/unit/a.test.ts", scan(source), TEST_BANS).length;
    expect(found("await Bun.sleep(5);")).toBe(1);
    expect(found("setTimeout(done, 5);")).toBe(1);
    expect(found("setImmediate(done);")).toBe(0);
  });

  test("a platform module is refused in any form of import, but node:path is pure", () => {
    const refused = (source: string) => findPlatformImports("src/a.ts", scan(source)).length;
    expect(refused('import { readFileSync } from "node:fs";')).toBe(1);
    expect(refused('import type { Socket } from "node:net";')).toBe(1);
    expect(refused('import "bun:sqlite";')).toBe(1);
    expect(refused('export * from "bun";')).toBe(1);
    expect(refused('const fs = await import("node:fs/promises");')).toBe(1);
    expect(refused('const fs = require("node:fs");')).toBe(1);
    expect(refused('import {\n  a,\n  b,\n} from "node:os";')).toBe(1);
    expect(refused('import { join } from "node:path";')).toBe(0);
    expect(refused('// import fs from "node:fs"')).toBe(0);
  });

  test("an adapter may use what its allowance names, and only that", () => {
    const scanned = scan('import fs from "node:fs"; Date.now(); console.log(fs);');
    const allowance = { uses: ["Date", "node:fs"], why: "it is the clock" };
    expect(findBanned("src/a.ts", scanned, WORLD_BANS, allowance)).toHaveLength(1);
    expect(findPlatformImports("src/a.ts", scanned, allowance)).toEqual([]);
  });

  test("an allowance that is not used is refused", () => {
    const allowance = { uses: ["Date", "node:fs", "random"], why: "it was" };
    const scanned = scan('import fs from "node:fs"; fs.x();');
    const unused = findUnusedAllowances("src/a.ts", scanned, allowance);
    expect(unused.map((line) => line.split(" ")[3])).toEqual(["Date", "random"]);
  });
});

describe("imports", () => {
  test("are found in every form, with their lines", () => {
    const source =
      'import type {\n  A,\n} from "./a.ts";\nexport { b } from "./b.ts";\nimport "./c.ts";';
    expect(importsOf(scan(source))).toEqual([
      { specifier: "./a.ts", line: 3 },
      { specifier: "./b.ts", line: 4 },
      { specifier: "./c.ts", line: 5 },
    ]);
  });

  test("an import from a higher level is refused, also of types only", () => {
    const layering = (file: string, source: string) => rules.findLayering(file, scan(source));
    expect(layering("src/base/a.ts", 'import type { K } from "../model/key.ts";')).toHaveLength(1);
    expect(layering("src/api/a.ts", 'import { w } from "../worker/ports.ts";')).toHaveLength(1);
    expect(layering("src/io/a.ts", 'import { s } from "../state/timers.ts";')).toHaveLength(1);
    expect(layering("src/base/a.ts", 'import { t } from "../../test/x.ts";')).toHaveLength(1);
    expect(layering("src/nowhere/a.ts", "")).toHaveLength(1);
    expect(layering("src/io/a.ts", 'import { k } from "../model/key.ts";')).toEqual([]);
    expect(layering("src/io/a.ts", 'import { k } from "./b.ts";')).toEqual([]);
    expect(layering("src/main.ts", 'import { k } from "./cli/cli.ts";')).toEqual([]);
  });

  test("the table of layers has no cycle", () => {
    const order: string[] = [];
    const visit = (folder: string, above: readonly string[]): void => {
      expect(above).not.toContain(folder);
      for (const below of MAY_IMPORT[folder]!) visit(below, [...above, folder]);
      if (!order.includes(folder)) order.push(folder);
    };
    for (const folder of Object.keys(MAY_IMPORT)) visit(folder, []);
    expect(order[0]).toBe("base");
  });

  test("an app that reaches into src or another app is refused", () => {
    const found = (source: string) => rules.findAppImports("apps/a/app.ts", scan(source)).length;
    expect(found('import { app } from "../../src/api/mod.ts";')).toBe(1);
    expect(found('import { tally } from "../b/tally.ts";')).toBe(1);
    expect(found('import { app } from "wallaroo"; import { x } from "./x.ts";')).toBe(0);
    const shared = scan('import { runApp } from "../../test/support/run-app.ts";');
    expect(rules.findAppImports("apps/a/app.ts", shared)).toHaveLength(1);
    expect(rules.findAppImports("apps/a/app.test.ts", shared)).toEqual([]);
  });

  test("a cycle is shown as a path, also one of types", () => {
    const files = scanAll({
      "src/a.ts": 'import "./b.ts";',
      "src/b.ts": 'import type { C } from "./c.ts";',
      "src/c.ts": 'import "./a.ts";',
      "src/d.ts": 'import "./a.ts";',
    });
    expect(rules.findCycles(files)).toEqual(["src/a.ts -> src/b.ts -> src/c.ts -> src/a.ts"]);
  });

  test("a file that nobody imports is found, also when it imports itself", () => {
    const files = scanAll({
      "src/main.ts": 'import "./b.ts";',
      "src/b.ts": "",
      "src/lost.ts": 'import "./lost.ts";',
    });
    expect(rules.findOrphans(files, ["src/main.ts"])).toEqual([
      "src/lost.ts: nothing in src imports it",
    ]);
  });

  test("a package for development only is refused in src", () => {
    const found = (source: string) =>
      rules.findForeign("src/a.ts", scan(source), ["cac", "@s/t"]).length;
    expect(found('import { z } from "zod";')).toBe(1);
    expect(found('import { z } from "cacao";')).toBe(1);
    expect(
      found('import cac from "cac"; import x from "@s/t/deep"; import p from "node:fs";'),
    ).toBe(0);
  });
});

describe("form", () => {
  test("a file of 301 lines and a line of 101 columns are refused", () => {
    expect(rules.findLong("a.ts", "x\n".repeat(300))).toEqual([]);
    expect(rules.findLong("a.ts", "x\n".repeat(301))).toHaveLength(1);
    expect(rules.findLong("a.ts", "x".repeat(100))).toEqual([]);
    expect(rules.findLong("a.ts", `\n${"x".repeat(101)}`)[0]).toStartWith("a.ts:2: 101 columns");
  });

  test.each([
    "src/base/Ring.ts",
    "src/base/key_group.ts",
    "src/base/utils.ts",
    "src/io/split-helper.ts",
  ])("the name %s is refused", (file) => expect(rules.findBadNames(file)).toHaveLength(1));

  test("names in kebab-case, tests and benchmarks are allowed", () => {
    const names = ["src/a/key-group.ts", "test/unit/ring.test.ts", "test/bench/micro/a.bench.ts"];
    expect(names.flatMap(rules.findBadNames)).toEqual([]);
  });

  test("an export without a docstring is found, whatever its kind", () => {
    const found = (source: string) => rules.findUndocumented("src/api/a.ts", scan(source)).length;
    expect(found("export function f() {}")).toBe(1);
    expect(found("// no docstring\nexport const f = 1;")).toBe(1);
    expect(found("/** Of another. */\nconst g = 1;\nexport interface F {}")).toBe(1);
    expect(found("/** F. */\nexport type F = 1;\n\n/** G. */\nexport class G {}")).toBe(0);
    expect(found("/** F. */\nexport function f(a: 1): 1;\nexport function f(a: 2): 2;")).toBe(0);
  });

  test("a folder of levels 3 to 7 without README.md is found once it exists", () => {
    expect(rules.findMissingReadmes(["src/io/a.ts", "src/base/b.ts"])).toHaveLength(1);
    expect(rules.findMissingReadmes(["src/io/a.ts", "src/io/README.md"])).toEqual([]);
  });

  test("a file with code and without its unit test is found", () => {
    const paths = ["src/a/b.ts", "src/a/c.ts", "src/a/types.ts", "test/unit/a/c.test.ts"];
    expect(rules.findUntested(paths, (path) => path !== "src/a/types.ts")).toEqual(["src/a/b.ts"]);
  });

  test("a path of one machine is found in code and in prose", () => {
    const found = (source: string) => rules.findMachinePaths("a.md", source, "/srv/checkout");
    for (const name of ["home", "root", "Users"]) {
      expect(found(`see\n/${name}/somebody/app.ts`)[0]).toStartWith("a.md:2: ");
    }
    expect(found("\n\nin /srv/checkout/src")[0]).toStartWith("a.md:3: ");
    expect(found("src/home/a.ts https://x.org/home/ $HOME/x /tmp/a /srv")).toEqual([]);
  });

  test("a version that is a range is found", () => {
    const found = (version: string) =>
      rules.findRanges(JSON.stringify({ devDependencies: { a: version } })).length;
    expect(["^1.2.3", "~1.2.3", "latest", "1.x", "*"].map(found)).toEqual([1, 1, 1, 1, 1]);
    expect(["1.2.3", "7.0.0-rc.1"].map(found)).toEqual([0, 0]);
  });
});

describe("scanning", () => {
  test("code, comments and source keep every offset", () => {
    const source = 'const a = "x"; // c\nconst b = `p${a /* q */}r`;\n/* d\n e */ f(/[/"]/g);\n';
    const { code, comments } = scan(source);
    expect(code).toBe(
      'const a = " ";     \nconst b = ` ${a        } `;\n    \n      f(/    /g);\n',
    );
    expect(comments.length).toBe(source.length);
    expect(comments.replace(/\s+/g, " ").trim()).toBe("// c /* q */ /* d e */");
  });

  test("templates nest", () => {
    expect(scan("`a${`b${c}d`}e` + Date").code).toBe("` ${` ${c} `} ` + Date");
    expect(scan("`a${{ b: 1 }}c`").code).toBe("` ${{ b: 1 }} `");
  });

  test("a slash divides after a value and opens a regular expression elsewhere", () => {
    expect(scan("a / b / c").code).toBe("a / b / c");
    expect(scan("a++ / b / c").code).toBe("a++ / b / c");
    expect(scan("f(x) / y[0] / 2").code).toBe("f(x) / y[0] / 2");
    expect(scan("x.return / 2 / y").code).toBe("x.return / 2 / y");
    expect(scan("x = /b/; y = [/c/]").code).toBe("x = / /; y = [/ /]");
    expect(scan("!/b/.test(x)").code).toBe("!/ /.test(x)");
  });
});
