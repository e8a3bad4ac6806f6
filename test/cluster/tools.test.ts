/** From nothing to an app that runs, with the executable alone: no npm, no Node, no HOME. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { appsIn } from "../../src/host/find-app.ts";
import { AppFolder, lineApp } from "../support/app-folder.ts";
import { programsOf } from "../tidy/markdown.ts";
import { binary, lineOf, type Ran, runBinary, startBinary } from "../support/binary.ts";

const APPS = join(import.meta.dir, "../../apps");
const folder = new AppFolder();
// Every app is checked, then all are tested: some seconds, and more on a busy machine.
const ELSEWHERE_MS = 60_000;
const env = { PATH: "", TMPDIR: join(folder.path, "tmp") };
beforeAll(async () => {
  mkdirSync(env.TMPDIR);
  await binary();
}, 60_000);
afterAll(() => folder[Symbol.dispose]());

const run = (args: readonly string[], input = ""): Promise<Ran> =>
  runBinary(args, { cwd: folder.path, env, input });

test("new, check, test and run work one after the other", async () => {
  const made = await run(["new", "words"]);
  expect([made.status, made.stderr]).toEqual([0, ""]);
  expect(made.stdout).toContain("wallaroo check ./words\n");

  const checked = await run(["check", "./words"]);
  expect([checked.status, checked.stderr]).toEqual([0, ""]);
  expect(checked.stdout).toContain("words (words/app.ts): types and graph are good, 5 steps");
  expect(checked.stdout).toMatch(/^count +value +1 +kept$/m);

  const tested = await run(["test", "words"]);
  expect(tested.stderr).toContain("2 pass");
  expect(tested.status).toBe(0);

  const ran = await run(["run", "./words", "-q", "--http", "off"], "the cat\nthe dog\n");
  expect(ran).toMatchObject({ status: 0, stdout: "the => 1\ncat => 1\nthe => 2\ndog => 1\n" });

  const again = await run(["new", "words"]);
  expect([again.status, again.stderr]).toEqual([1, expect.stringContaining("words exists")]);
});

test("a type error is told with its file, line and column, and so is one in a test", async () => {
  await run(["new", "wrong"]);
  const app = join(folder.path, "wrong", "app.ts");
  const text = readFileSync(app, "utf8").replace("total.count += 1", 'total.count += "1"');
  const line = text.split("\n").findIndex((one) => one.includes('+= "1"')) + 1;
  folder.write("wrong/app.ts", text);
  folder.write(
    "wrong/more.test.ts",
    'import { testApp } from "wallaroo/testing";\nawait testApp("app");\n',
  );
  const checked = await run(["check", "./wrong"]);
  expect([checked.status, checked.stdout]).toEqual([1, ""]);
  expect(checked.stderr).toContain(
    `error: wrong/app.ts:${line}:7: Type 'string' is not assignable`,
  );
  expect(checked.stderr).toContain("error: wrong/more.test.ts:2:15: Argument of type 'string'");
});

test("a mistake in the graph is told with its place", async () => {
  folder.write("twice.ts", lineApp("twice", "line").replace('"step"', '"lines"'));
  const checked = await run(["check", "./twice.ts"]);
  expect(checked.status).toBe(1);
  expect(checked.stderr).toContain("twice.ts:");
  expect(checked.stderr).toContain('"lines"');
});

test("a test that fails gives status 1, and no tests do as well", async () => {
  await run(["new", "red"]);
  const code = `import { expect, test } from "bun:test";
import { app } from "wallaroo";
test("red", () => expect(app.name).toBe("no"));`;
  folder.write("red/red.test.ts", code);
  const tested = await run(["test", "red"]);
  expect(tested.stderr).toContain("2 pass");
  expect(tested.stderr).toContain("1 fail");
  expect(tested.status).toBe(1);
  expect((await run(["test", "red", "--only", "each word"])).status).toBe(0);
  mkdirSync(join(folder.path, "empty"));
  expect((await run(["test", "empty"])).status).toBe(1);
});

test(
  "the apps of this project, taken elsewhere, are checked and tested too",
  async () => {
    const names = appsIn(APPS);
    expect(names).toContain("word-count");
    cpSync(APPS, join(folder.path, "apps"), { recursive: true });
    for (const name of names) {
      const checked = await run(["check", name]);
      expect([checked.stderr, checked.status]).toEqual(["", 0]);
      expect(checked.stdout).toContain("types and graph are good");
    }
    const tested = await run(["test", "apps"]);
    expect(tested.stderr).toContain("\n 0 fail");
    expect(tested.status).toBe(0);
  },
  ELSEWHERE_MS,
);

test("types beside an app are those of the executable, and are renewed by it", async () => {
  await run(["new", "typed"]);
  const file = "typed/node_modules/wallaroo/types/api/mod.d.ts";
  expect(readFileSync(join(folder.path, file), "utf8")).toContain("export { app,");
  folder.write(file, "stale");
  expect((await run(["types", "typed"])).stdout).toContain("types are renewed");
  expect(readFileSync(join(folder.path, file), "utf8")).toContain("export { app,");
});

test("the test in the guide is a test that passes", async () => {
  const guide = "docs/guide/02-testing-and-tools.md";
  const [program] = programsOf(guide, readFileSync(join(import.meta.dir, "../..", guide), "utf8"));
  folder.write("guide/visits.test.ts", program!.source);
  const tested = await run(["test", "guide"]);
  expect(tested.stderr).toContain("1 pass");
  expect(tested.status).toBe(0);
});

interface Line {
  readonly level: string;
  readonly worker: string;
  readonly job: string;
  readonly step: string;
  readonly key?: string;
  readonly text: string;
}

test("lines of users' code say where they are from; levels change while the app runs", async () => {
  const code = `import { app, state, stdin, stdout, utf8 } from "wallaroo";
const decode = {
  decode(bytes, start, end, ctx) {
    ctx.log.debug("decode");
    return utf8.decode(bytes, start, end);
  },
};
const seen = state((key, ctx) => {
  ctx.log.debug("state");
  return { n: 0 };
});
export default app("talk", (flow) => {
  flow
    .source("lines", stdin({ decode }))
    .map("up", (line, ctx) => (ctx.log.debug("map"), line.toUpperCase()))
    .keyBy("line", (line, ctx) => (ctx.log.debug("keyBy"), line))
    .mapWithState("count", seen, (line, s, ctx) => (ctx.log.info("count"), line))
    .sink("out", stdout({ encode: utf8 }));
});`;
  folder.write("talk.ts", code);
  const args = ["run", "./talk.ts", "--http", "127.0.0.1:0", "--worker", "w7", "--json"];
  const levels = ["--log-level", "warn", "--log-level", "up=debug"];
  const child = await startBinary([...args, ...levels], { cwd: folder.path, env });
  const errors = child.stderr.getReader();
  const lines: Line[] = [];
  let port = "";
  let rest = "";
  const until = async (isDone: () => boolean): Promise<void> => {
    while (!isDone()) {
      const { value, done } = await errors.read();
      if (done) throw new Error(`ended; lines: ${JSON.stringify(lines)}`);
      const parts = (rest + new TextDecoder().decode(value)).split("\n");
      rest = parts.pop()!;
      for (const part of parts) {
        port = /"http":\{"host":"127\.0\.0\.1","port":(\d+)/.exec(part)?.[1] ?? port;
        if (part.startsWith('{"level"')) lines.push(JSON.parse(part) as Line);
      }
    }
  };
  const say = async (text: string): Promise<void> => {
    await child.stdin.write(text);
    await child.stdin.flush();
  };
  await until(() => port !== "");
  await say("a\n");
  await lineOf(child.stdout, /^A$/m);
  const url = `http://127.0.0.1:${port}/v1/log-level`;
  const put = (body: object): Promise<Response> =>
    fetch(url, { method: "PUT", body: JSON.stringify(body) });
  expect(await (await put({ level: "debug" })).json()).toEqual({
    level: "debug",
    steps: { up: "debug" },
  });
  await put({ level: "error", step: "up" });
  expect((await put({ level: "debug", step: "upp" })).status).toBe(400);
  await say("b\n");
  await child.stdin.end();
  await until(() => lines.some(({ text }) => text === "count"));
  expect(await child.exited).toBe(0);
  const told = lines
    .filter(({ text }) => ["decode", "map", "keyBy", "state", "count"].includes(text))
    .map(({ text, step, worker, job, key }) => [text, step, worker, job, key ?? ""].join(" "));
  expect(told).toEqual([
    "map up w7 talk ",
    "decode lines w7 talk ",
    "keyBy line w7 talk ",
    "state count w7 talk B",
    "count count w7 talk B",
  ]);
});
