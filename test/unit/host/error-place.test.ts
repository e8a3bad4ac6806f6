import { expect, test } from "bun:test";
import { codeFrame, placeOf, placesIn, placeText } from "../../../src/host/error-place.ts";
import { AppFolder } from "../../support/app-folder.ts";

test("the place is the innermost frame in a file that exists, packages last", () => {
  using folder = new AppFolder({
    "app.ts": "",
    "with (a) space.ts": "",
    "node_modules/p/i.js": "",
  });
  const error = new Error("x");
  error.stack = [
    "Error: x",
    "    at parse (native:1:1)",
    "    at run (src/host/node.ts:3:4)",
    `    at inner (${folder.path}/node_modules/p/i.js:9:9)`,
    `    at new Foo (${folder.path}/with (a) space.ts:5:6)`,
    `    at async ${folder.path}/app.ts:7:8`,
    "    at gone (/nowhere/app.ts:1:1)",
    "    at ours (/$bunfs/root/main.js:1:1)",
  ].join("\n");
  expect(placeText(placeOf(error)!)).toBe(`${folder.path}/with (a) space.ts:5:6`);
  expect(placesIn(error.stack)).toHaveLength(3);
});

test("what has no frame in a user's file has no place", () => {
  expect(placeOf(new Error("x", {}).message)).toBeUndefined();
  expect(placeOf(Object.assign(new Error("x"), { stack: "Error: x" }))).toBeUndefined();
});

test("a code frame shows the line with a caret below the column", () => {
  using folder = new AppFolder({ "app.ts": "one\n\tlet x = ;\n" });
  const file = `${folder.path}/app.ts`;
  expect(codeFrame({ file, line: 2, column: 10 })).toBe("\n    2 |  let x = ;\n                 ^");
  expect(codeFrame({ file, line: 9, column: 1 })).toBe("");
  expect(codeFrame({ file: `${file}x`, line: 1, column: 1 })).toBe("");
});
