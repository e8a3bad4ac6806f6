/** `run --data DIR` of the real binary: one process, killed, ended, begun again, once each. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SUSPECT_MS } from "../../src/model/limits.ts";
import { AppFolder } from "../support/app-folder.ts";
import { binary, runBinary } from "../support/binary.ts";
import { LocalRun } from "../support/local-run.ts";

setDefaultTimeout(60_000);

const folder = new AppFolder();
const cwd = folder.path;
beforeAll(binary, 60_000);
afterAll(() => folder[Symbol.dispose]());

const KEYS = 50;
const BLOCK = 20_000;
const KILLS = 5;

/** Numbers of a file, counted by key, into a file. */
function counting(name: string, follow: boolean, version = 1): string {
  return `import { app, file, state, utf8 } from "wallaroo";
const count = state(() => ({ n: 0 }), { version: ${version} });
export default app("${name}", (flow) => {
  flow
    .source("in", file.read({ path: "${name}.txt", decode: utf8, follow: ${follow} && "20ms" }))
    .keyBy("key", (line: string) => Number(line) % ${KEYS})
    .mapWithState("count", count, (line: string, s) => line + " " + ++s.n)
    .sink("out", file.write({ path: "${name}", encode: utf8 }));
});
`;
}

let written = 0;

/** The next numbers, as a producer adds them to a file. */
function addBlock(name: string): void {
  const lines = Array.from({ length: BLOCK }, (_, i) => `${written + i}\n`);
  appendFileSync(join(cwd, `${name}.txt`), lines.join(""));
  written += BLOCK;
}

function linesOf(name: string): string[] {
  const parts = readdirSync(join(cwd, name)).filter((one) => one.startsWith("part"));
  const texts = parts.sort().map((part) => readFileSync(join(cwd, name, part), "utf8"));
  return texts.join("").split("\n").slice(0, -1);
}

/** Resolves when a checkpoint has all that the producer wrote. */
async function committed(name: string): Promise<void> {
  while (linesOf(name).length < written) await Bun.sleep(20);
}

/** All numbers in order, each counted behind those of its key. */
function wanted(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${n} ${Math.floor(n / KEYS) + 1}`);
}

const start = (name: string): Promise<LocalRun> =>
  LocalRun.start({ app: `./${name}.ts`, cwd, more: ["--data", "data"] });
const rerun = (name: string, ...more: readonly string[]) =>
  runBinary(["run", `./${name}.ts`, "--data", "data", "--http", "off", ...more], { cwd });

test("one process, killed again and again: each record of the file is counted once", async () => {
  folder.write("killed.ts", counting("killed", true));
  folder.write("killed.txt", "");
  written = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const run = await start("killed");
    const { cluster } = await run.started();
    expect(cluster.workers).toEqual(["w1"]);
    addBlock("killed");
    // A checkpoint has these, and of those that follow some are read and some are not.
    await committed("killed");
    const before = (await run.status()).sources[0]!.records;
    addBlock("killed");
    while ((await run.status()).sources[0]!.records === before) await Bun.sleep(1);
    run.child.kill("SIGKILL");
    await run.child.exited;
  }
  const last = await start("killed");
  await last.started();
  await committed("killed");
  last.child.kill("SIGTERM");
  expect((await last.ended()).status.state).toBe("stopped");
  expect(await last.child.exited).toBe(0);
  expect(linesOf("killed")).toEqual(wanted(written));
});

test("one that ended goes on with what came since; two at a time do not begin", async () => {
  folder.write("ended.ts", counting("ended", false));
  written = 0;
  for (let round = 0; round < 2; round++) {
    addBlock("ended");
    const ran = await rerun("ended");
    expect([ran.status, ran.stderr]).toEqual([0, expect.not.stringContaining('"warn"')]);
  }
  expect(linesOf("ended")).toEqual(wanted(2 * BLOCK));
  const running = await start("killed");
  await running.started();
  const second = await rerun("ended");
  expect([second.status, second.stderr]).toEqual([
    1,
    expect.stringContaining(`has the folder ${cwd}/data/run/cluster: stop it, or name another`),
  ]);
  running.child.kill("SIGTERM");
  expect(await running.child.exited).toBe(0);
});

test("a state of another version without an upgrade is refused; nothing is changed", async () => {
  folder.write("ended.ts", counting("ended", false, 2));
  const refused = await rerun("ended");
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('step "count": its state has version 2, and its values are of');
  folder.write("ended.ts", counting("ended", false));
  addBlock("ended");
  expect((await rerun("ended")).status).toBe(0);
  expect(linesOf("ended")).toEqual(wanted(3 * BLOCK));
});

test("what an edited app has no more is named; a sink that may commit is wanted", async () => {
  const text = counting("renamed", true);
  folder.write("renamed.ts", text);
  folder.write("renamed.txt", "");
  written = 0;
  const run = await start("renamed");
  await run.started();
  addBlock("renamed");
  await committed("renamed");
  run.child.kill("SIGKILL");
  await run.child.exited;
  const ended = text.replace('true && "20ms"', "false");
  folder.write("renamed.ts", ended.replace('"out"', '"output"'));
  for (let round = 0; round < 2; round++) {
    const refused = await rerun("renamed");
    expect([refused.status, refused.stderr]).toEqual([
      1,
      expect.stringContaining('the app has no sink "out": run it once with that sink'),
    ]);
  }
  folder.write("renamed.ts", ended);
  expect((await rerun("renamed")).status).toBe(0);
  expect(linesOf("renamed")).toEqual(wanted(BLOCK));
  folder.write("renamed.ts", ended.replace('"count"', '"tally"').replace('"in"', '"input"'));
  const refused = await rerun("renamed");
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('was it renamed to "tally"? Give the step its name again, or');
  const { status, stderr } = await rerun("renamed", "--drop-state", "count");
  expect(status).toBe(0);
  expect(stderr).toContain('the state of step \\"count\\", which the app does not have');
  expect(stderr).toContain('the place of source \\"in\\", which the app does not have');
});

test("a function that takes longer than silence may last does not begin the job anew", async () => {
  const code = `import { app, generator, stdout, utf8 } from "wallaroo";
export default app("slow", (flow) => {
  flow
    .source("in", generator({ count: 50, make: (i) => "r" + i }))
    .map("wait", (text) => {
      const end = Date.now() + (text === "r33" ? ${SUSPECT_MS + 1_000} : 0);
      while (Date.now() < end);
      return text;
    })
    .sink("out", stdout({ encode: utf8 }));
});
`;
  folder.write("slow.ts", code);
  const { status, stdout, stderr } = await rerun("slow");
  expect([status, stdout.split("\n").length]).toEqual([0, 51]);
  expect(stderr).not.toContain("begins anew");
});
