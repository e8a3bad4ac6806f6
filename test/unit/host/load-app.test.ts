/** The loader with its real child: `bun src/main.ts` bundles and tries each app. */
import { afterAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { placeOf } from "../../../src/host/error-place.ts";
import { loadApp, type LoadOptions } from "../../../src/host/load-app.ts";
import { AppFolder, lineApp } from "../../support/app-folder.ts";

const folder = new AppFolder();
afterAll(() => folder[Symbol.dispose]());
const cacheFolder = join(folder.path, "cache");
const load = (argument: string, more: LoadOptions = {}) =>
  loadApp(argument, { cwd: folder.path, cacheFolder, ...more });

/** The message of the refusal, with the folder's path left out. */
async function refusal(file: string, text: string, more: LoadOptions = {}): Promise<string> {
  folder.write(file, text);
  const error = await load(file, more).then(
    () => new Error("it loaded"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error) || !("code" in error)) return `no refusal: ${String(error)}`;
  return `${String(error.code)}: ${error.message.replaceAll(`${folder.path}/`, "")}`;
}

test("an app with an enum, relative imports, JSON and a package beside it is loaded", async () => {
  folder.write(
    "node_modules/left-arrow/package.json",
    '{"name":"left-arrow","version":"1.0.0","type":"module","exports":{".":"./index.js"}}',
  );
  folder.write("node_modules/left-arrow/index.js", 'export const arrow = (s) => "<" + s;');
  folder.write("whole/words.json", '{"suffix":"!"}');
  folder.write("whole/helper.ts", "export const up = (s: string): string => s.toUpperCase();");
  folder.write("whole/tsconfig.json", '{"compilerOptions":{"paths":{"@lib/*":["./lib/*"]}}}');
  folder.write("whole/lib/two.ts", "export const two: number = 2;");
  const before = `import { arrow } from "left-arrow";
import { two } from "@lib/two.ts";
import { up } from "./helper";
import words from "./words.json";
enum Kind { Good, Bad }
export const facts = { two, dir: import.meta.dir, url: import.meta.url, kind: Kind[1] };`;
  folder.write("whole/app.ts", lineApp("whole", "arrow(up(line)) + words.suffix", before));
  const loaded = await load("whole");
  expect(loaded.app.name).toBe("whole");
  expect(loaded.file).toBe(join(folder.path, "whole/app.ts"));
  expect(loaded.pipeline.steps.map(({ name }) => name)).toEqual(["lines", "step", "out"]);
  const step = loaded.pipeline.steps[1]!.spec;
  if (step.kind !== "map") throw new Error(`a ${step.kind} step`);
  expect(step.fn("a", undefined as never)).toBe("<A!");
  const module = (await import(loaded.bundle)) as { facts: Record<string, unknown> };
  expect(module.facts).toEqual({
    two: 2,
    dir: join(folder.path, "whole"),
    url: `file://${folder.path}/whole/app.ts`,
    kind: "Bad",
  });
});

test("a bundle is named by the hash of its content, and the same app gives the same", async () => {
  folder.write("same.ts", lineApp("same", "line"));
  const first = await load("same.ts");
  const again = await load("same.ts");
  expect(first.bundle).toBe(join(cacheFolder, `${first.sha256}.js`));
  expect(again.sha256).toBe(first.sha256);
  expect(readdirSync(cacheFolder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("an error of a user's function has the line of the user's own file", async () => {
  folder.write(
    "late.ts",
    lineApp(
      "late",
      "check(line)",
      "\n\nfunction check(line: string) {\n  throw new Error(line);\n}",
    ),
  );
  const { pipeline } = await load("late.ts");
  const step = pipeline.steps[1]!.spec;
  if (step.kind !== "map") throw new Error(`a ${step.kind} step`);
  let stack = "";
  try {
    step.fn("a", undefined as never);
  } catch (error) {
    stack = error instanceof Error ? (error.stack ?? "") : "";
  }
  expect(stack).toContain(`${folder.path}/late.ts:5:`);
});

test("options reach the build, values with = in them too, and wrong ones are refused", async () => {
  const code = `import { app, integer, memory, options, stdout, text, utf8 } from "wallaroo";
export default app("opt", options({ n: integer(1), q: text("") }), (flow, o) => {
  flow.source(o.q + o.n, memory.source(["a"])).sink("out", stdout({ encode: utf8 }));
});`;
  folder.write("opt.ts", code);
  const { pipeline } = await load("opt.ts", { set: { n: "7", q: "a=b=" } });
  expect(pipeline.steps[0]!.name).toBe("a=b=7");
  expect(await refusal("opt.ts", code, { set: { n: "x" } })).toContain("--set n: ");
  expect(await refusal("opt.ts", code, { set: { m: "1" } })).toContain("there are: n, q");
});

test("a syntax error is told with place and line", async () => {
  const message = await refusal(
    "syntax.ts",
    'import { app } from "wallaroo";\nexport default app("a" "b");\n',
  );
  expect(message).toStartWith("app_syntax: app syntax.ts cannot be read\n  syntax.ts:2:24: ");
  expect(message).toContain(
    '    2 | export default app("a" "b");\n                               ^',
  );
});

test("a package that is missing is told with where it was looked for", async () => {
  const message = await refusal(
    "lacks.ts",
    'import odd from "is-odd/deep";\nexport default odd;\n',
  );
  expect(message).toStartWith(
    "app_import: app lacks.ts imports what is not there\n  lacks.ts:1:17: ",
  );
  expect(message).toContain(
    'there is no package "is-odd", looked for in node_modules and the folders',
  );
});

test("a file that is missing is told", async () => {
  const message = await refusal("lacks2.ts", '\nimport x from "./nope.ts";\nexport default x;\n');
  expect(message).toContain('lacks2.ts:2:15: there is no file "./nope.ts" beside it');
});

test("a name that wallaroo does not have is told with its line and the name meant", async () => {
  const message = await refusal(
    "name.ts",
    '\nimport {\n  ap,\n} from "wallaroo";\nexport default ap("a");\n',
  );
  expect(message).toStartWith(
    'app_import: name.ts:3:3: "wallaroo" has no export "ap"; did you mean app?',
  );
});

test("what an app throws while it is imported is told with file and line", async () => {
  const message = await refusal(
    "throws.ts",
    "\nconst x = JSON.parse('null');\nexport default x.y;\n",
  );
  expect(message).toStartWith(
    "app_throws: app throws.ts threw while it was imported at throws.ts:3:",
  );
  expect(message).toContain("TypeError: ");
});

test("what an app throws while its graph is built is told with file and line", async () => {
  const code =
    'import { app } from "wallaroo";\nexport default app("a", () => {\n' +
    '  throw new Error("no");\n});\n';
  expect(await refusal("build.ts", code)).toStartWith(
    "app_throws: app build.ts threw while its graph was built at build.ts:3:",
  );
});

test("a graph that cannot run is refused by the planner's words", async () => {
  const code = 'import { app } from "wallaroo";\nexport default app("a", () => {});\n';
  expect(await refusal("graph.ts", code)).toContain("it has no source");
});

test("a module without an app says what it exports and what to write", async () => {
  expect(await refusal("none.ts", "export const x = 1, f = () => 2;\n")).toBe(
    "not_an_app: none.ts does not export an app: it has no default export, only f (a function), " +
      'x (a number). Write: export default app("name", (flow) => { ... });',
  );
  expect(await refusal("five.ts", "export default 5;\n")).toContain(
    "its default export is a number",
  );
  const named = lineApp("n", "line").replace("export default", "export const mine =");
  expect(await refusal("named.ts", named)).toContain("Write: export default mine;");
});

test("an app that ends the process is caught at its line", async () => {
  expect(await refusal("exits.ts", "\nprocess.exit(3);\n")).toStartWith(
    "app_exits: app exits.ts called process.exit(3) at exits.ts:2:",
  );
});

test("an app that crashes its process is told with the signal", async () => {
  const code = 'process.kill(process.pid, "SIGABRT");\nawait new Promise(() => {});\n';
  expect(await refusal("crash.ts", code)).toStartWith(
    "app_crashes: app crash.ts ended the process that loaded it (SIGABRT)",
  );
});

/** What is told of an app that hangs, at a deadline that let its child come that far. */
async function hanging(file: string, text: string, where: string): Promise<string> {
  let message = "";
  for (const deadlineMs of [500, 2_000, 8_000]) {
    message = await refusal(file, text, { deadlineMs });
    if (message.includes(where)) break;
  }
  return message;
}

test("an app that hangs is ended at the deadline, which says where it hung", async () => {
  const spin = "for (;;) console.log(1);\nexport {};\n";
  expect(await hanging("spin.ts", spin, "while it was imported")).toMatch(
    /^app_hangs: app spin.ts was not loaded within .+, the limit: it hangs while it was imported/,
  );
  const build = 'import { app } from "wallaroo";\nexport default app("a", () => { for (;;); });\n';
  const where = "while its graph was built";
  expect(await hanging("spin2.ts", build, where)).toContain(where);
});

test("a cache that cannot be written is told", async () => {
  const file = folder.write("no-folder", "");
  const message = await refusal("fine.ts", lineApp("fine", "line"), { cacheFolder: `${file}/x` });
  expect(message).toStartWith(
    "cache_folder: the folder no-folder/x cannot keep the bundles of apps: ",
  );
});

test("the files of an app are told, also when it throws or has a mistake", async () => {
  const told = async (file: string): Promise<readonly string[]> => {
    let files: readonly string[] = [];
    const onInputs = (all: readonly string[]) => (files = all);
    await load(file, { onInputs }).catch(() => undefined);
    return files.map((path) => path.replace(`${folder.path}/`, "")).sort();
  };
  folder.write("parts/word.ts", 'export const word = "!";');
  folder.write("parts/data.json", "{}");
  const imports = 'import { word } from "./word.ts"; import data from "./data.json";';
  folder.write("parts/app.ts", lineApp("parts", "line + word + data", imports));
  expect(await told("parts")).toEqual(["parts/app.ts", "parts/data.json", "parts/word.ts"]);
  folder.write("parts/word.ts", 'export const word = "!"; throw new Error(word);');
  expect(await told("parts")).toEqual(["parts/app.ts", "parts/data.json", "parts/word.ts"]);
  folder.write("parts/word.ts", "export const word = ;");
  expect(await told("parts")).toEqual(["parts/app.ts", "parts/word.ts"]);
});

test("a releasable app has the same API and places, and its timers end with it", async () => {
  const before = (name: string) => `import { state } from "wallaroo";
export { state };
const counts = globalThis as { ticks?: Record<string, number> };
(counts.ticks ??= {})["${name}"] = 0;
setInterval(() => counts.ticks!["${name}"]!++, 1);
function check(line: string) {
  throw new Error(line);
}`;
  const file = folder.write("free.ts", lineApp("free", "check(line)", before("free")));
  folder.write("other.ts", lineApp("other", "check(line)", before("other")));
  const { pipeline, release } = await load("free.ts", { isReleasable: true });
  const step = pipeline.steps[1]!.spec;
  if (step.kind !== "map") throw new Error(`a ${step.kind} step`);
  const { fn } = step;
  const thrown = () => {
    try {
      return fn("a", undefined as never);
    } catch (error) {
      return error;
    }
  };
  expect(placeOf(thrown())).toMatchObject({ file, line: 8 });
  const ticks = (name: string) => (globalThis as { ticks?: Record<string, number> }).ticks![name]!;
  const ticked = async (name: string, from: number) => {
    while (ticks(name) <= from) await new Promise((resolve) => setImmediate(resolve));
  };
  await ticked("free", 0);
  const other = await load("other.ts", { isReleasable: true });
  release();
  const ended = ticks("free");
  // The timers of an app that stays tell that time has passed.
  await ticked("other", 10);
  expect(ticks("free")).toBe(ended);
  other.release();
  // Its functions live on for whoever still holds them.
  expect(placeOf(thrown())).toMatchObject({ file, line: 8 });
});
