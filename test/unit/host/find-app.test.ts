import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appsIn, findApp } from "../../../src/host/find-app.ts";

const cwd = mkdtempSync(join(tmpdir(), "find-app-"));
for (const folder of ["apps/word-count", "apps/empty", "elsewhere"]) {
  mkdirSync(join(cwd, folder), { recursive: true });
}
for (const file of [
  "apps/word-count/app.ts",
  "apps/single.ts",
  "apps/single.test.ts",
  "apps/plain.js",
  "apps/README.md",
  "elsewhere/app.js",
  "elsewhere/other.ts",
]) {
  writeFileSync(join(cwd, file), "");
}
afterAll(() => rmSync(cwd, { recursive: true }));

const find = (argument: string): string =>
  findApp({ argument, appsFolder: "apps", cwd }).slice(cwd.length + 1);

test("an app is found by name: a folder with app.ts, or a file", () => {
  expect(find("word-count")).toBe("apps/word-count/app.ts");
  expect(find("single")).toBe("apps/single.ts");
  expect(find("plain")).toBe("apps/plain.js");
});

test("an app is found by path: of a file, of a folder, with or without extension", () => {
  expect(find("elsewhere/other.ts")).toBe("elsewhere/other.ts");
  expect(find("./elsewhere")).toBe("elsewhere/app.js");
  expect(find("elsewhere")).toBe("elsewhere/app.js");
  expect(find("./elsewhere/other")).toBe("elsewhere/other.ts");
  expect(find(join(cwd, "elsewhere/other.ts"))).toBe("elsewhere/other.ts");
});

test("the apps of a folder are listed without tests and other files", () => {
  expect(appsIn(join(cwd, "apps"))).toEqual(["plain", "single", "word-count"]);
});

test("a name that is wrong is told with what was meant and what there is", () => {
  expect(() => find("word-cuont")).toThrow(
    `no app "word-cuont" in ${cwd}/apps; did you mean "word-count"? Apps there: plain, ` +
      "single, word-count",
  );
});

test("a path that is wrong is told with the file beside it that was meant", () => {
  expect(() => find("elsewhere/othre.ts")).toThrow(
    `app elsewhere/othre.ts: there is no file ${cwd}/elsewhere/othre.ts; did you mean ` +
      `${cwd}/elsewhere/other.ts?`,
  );
});

test("what is no source, or no file at all, is refused by name", () => {
  expect(() => find("apps/README.md")).toThrow(
    `${cwd}/apps/README.md is no app: the name of an app's file ends in .ts, .js, .mts`,
  );
  symlinkSync("nowhere.ts", join(cwd, "elsewhere/dangling.ts"));
  symlinkSync("loop.ts", join(cwd, "elsewhere/loop.ts"));
  for (const name of ["dangling", "loop"]) {
    expect(() => find(`elsewhere/${name}.ts`)).toThrow("is a link that leads to no file");
  }
  expect(() => find("/dev/null")).toThrow(
    "app /dev/null: /dev/null is neither a file nor a folder",
  );
});

test("a folder without an app, and a missing folder of apps, say what would be one", () => {
  expect(() => find("apps/empty/")).toThrow("holds no app.ts (or app.js)");
  const nowhere = { argument: "x", appsFolder: "nowhere", cwd };
  expect(() => findApp(nowhere)).toThrow(`there is no folder ${cwd}/nowhere. Name the folder`);
});
