import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { checkTypes, COMPILER_OPTIONS, parseProblems } from "../../../src/host/type-check.ts";
import { AppFolder } from "../../support/app-folder.ts";
import { writeSmallKit } from "../../support/small-kit.ts";

async function check(folder: AppFolder, file: string): Promise<string[]> {
  const cacheFolder = join(folder.path, "cache");
  const kitFile = await writeSmallKit(folder);
  const found = await checkTypes(join(folder.path, file), folder.path, { kitFile, cacheFolder });
  // Nothing is left behind but the kit itself.
  const [kit] = readdirSync(cacheFolder);
  expect(readdirSync(join(cacheFolder, kit!))).toEqual(["node_modules"]);
  return found.map(
    ({ file, line, code }) => `${file?.slice(folder.path.length + 1)}:${line} ${code}`,
  );
}

test("problems are read with their places, and what is said of them below", () => {
  const output = `app.ts(3,14): error TS2322: Type 'A' is not assignable to type 'B'.
  Types of property 'x' are incompatible.
/else/b.ts(1,2): error TS1005: ';' expected.
error TS5083: Cannot read file '/none'.
Found 3 errors in 2 files
`;
  const [first, second, third] = parseProblems(output, "/apps");
  expect(first).toEqual({
    file: "/apps/app.ts",
    line: 3,
    column: 14,
    code: "TS2322",
    message: "Type 'A' is not assignable to type 'B'.\n  Types of property 'x' are incompatible.",
  });
  expect(second).toMatchObject({ file: "/else/b.ts", line: 1, code: "TS1005" });
  expect(third).toMatchObject({ file: undefined, code: "TS5083" });
});

test("an app without a tsconfig.json is checked strictly, against types of the kit", async () => {
  using folder = new AppFolder({
    "apps/a/app.ts": `import { answer } from "wallaroo";
import { question } from "wallaroo/testing";
shout(question);
const text: string = answer;
export const given = (x) => [x, text];`,
    "apps/a/beside.ts": "export const n: number = [1][0];",
    "apps/b/other.ts": "export const n: number = 'not mine';",
  });
  expect(await check(folder, "apps/a/app.ts")).toEqual([
    "apps/a/app.ts:4 TS2322",
    "apps/a/app.ts:5 TS7006",
    "apps/a/beside.ts:1 TS2322",
  ]);
});

test("of an app that is one file, no others are checked but what it imports", async () => {
  using folder = new AppFolder({
    "words.ts": 'import { a } from "./a.ts";\nexport const n: number = a;',
    "a.ts": 'export const a = "text";\nexport const b: number = a;',
    "bad.ts": "export const n: number = 'not mine';",
  });
  expect(await check(folder, "words.ts")).toEqual(["a.ts:2 TS2322", "words.ts:2 TS2322"]);
});

test("the nearest tsconfig.json counts: its options, its paths and its types", async () => {
  using folder = new AppFolder({
    "tsconfig.json": `{ // Comments are fine.
      "compilerOptions": { "strict": false, "module": "Preserve", "noEmit": true,
        "paths": { "#lib/*": ["./lib/*"] }, "types": ["mine"] } }`,
    "node_modules/@types/mine/index.d.ts": "declare const mine: boolean;",
    "lib/x.ts": "export const x = 1;",
    "apps/a/app.ts": `import { answer } from "wallaroo";
import { x } from "#lib/x";
export const loose = (y) => [y, mine, answer, x];
export const bad: string = x;
shout("is not mine");`,
  });
  expect(await check(folder, "apps/a/app.ts")).toEqual([
    "apps/a/app.ts:4 TS2322",
    "apps/a/app.ts:5 TS2304",
  ]);
});

test("a tsconfig.json that cannot be read is a problem, with its place", async () => {
  using folder = new AppFolder({ "tsconfig.json": "{ nonsense", "app.ts": "export {};" });
  const found = await check(folder, "app.ts");
  expect(found.some((one) => one.startsWith("tsconfig.json:1 "))).toBe(true);
});

test("new apps are checked strictly", () => {
  expect(COMPILER_OPTIONS.strict).toBe(true);
  expect(COMPILER_OPTIONS.types).toEqual(["wallaroo/runtime"]);
});
