/**
 * What a job goes on from, damaged in every way, at the real binary: each time an error that says
 * what was wrong and what to do, nothing is written twice or lost, and mended it goes on.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { writeFileSync, appendFileSync } from "node:fs";
import { join } from "node:path";
import { AppFolder } from "../support/app-folder.ts";
import { binary, type Ran, runBinary } from "../support/binary.ts";

setDefaultTimeout(60_000);

const folder = new AppFolder();
afterAll(() => folder[Symbol.dispose]());

const KEYS = 5;
const BLOCK = 50;
const IN = join(folder.path, "in.txt");

/** Lines of a file, counted by key, into a file. */
const APP = `import { app, file, state, utf8 } from "wallaroo";
const tally = state(() => ({ n: 0 }));
export default app("counts", (flow) => {
  flow
    .source("in", file.read({ path: "in.txt", decode: utf8 }))
    .keyBy("key", (line: string) => Number(line) % ${KEYS})
    .mapWithState("count", tally, (line: string, own) => line + " " + ++own.n)
    .sink("out", file.write({ path: "out", encode: utf8 }));
});
`;

/** A copy of what a run left that had read the first block; more input has come since. */
class Left {
  readonly path: string;

  constructor(name: string) {
    this.path = join(folder.path, name);
    mkdirSync(this.path);
    this.copy("data");
    this.copy("out");
    folder.write(`${name}/app.ts`, APP);
    linkSync(IN, join(this.path, "in.txt")); // The same file, and not another one.
  }

  /** As it was left. */
  copy(what: string): void {
    rmSync(join(this.path, what), { recursive: true, force: true });
    cpSync(join(folder.path, "base", what), join(this.path, what), { recursive: true });
  }

  async run(): Promise<Ran> {
    const args = ["run", "./app.ts", "--data", "data", "--http", "off", "-q"];
    return await runBinary(args, { cwd: this.path });
  }

  /** The newest file whose path in the data folder fits. */
  file(pattern: RegExp): string {
    const all = readdirSync(join(this.path, "data"), { recursive: true }) as string[];
    return join(
      this.path,
      "data",
      all
        .filter((path) => pattern.test(path))
        .sort()
        .at(-1)!,
    );
  }

  get lines(): string[] {
    const out = join(this.path, "out");
    const parts = readdirSync(out).filter((name) => name.startsWith("part"));
    const texts = parts.sort().map((part) => readFileSync(join(out, part), "utf8"));
    return texts.join("").split("\n").slice(0, -1);
  }
}

function wanted(blocks: number): string[] {
  return Array.from({ length: blocks * BLOCK }, (_, n) => `${n} ${Math.floor(n / KEYS) + 1}`);
}

function addBlock(from: number): void {
  appendFileSync(IN, Array.from({ length: BLOCK }, (_, i) => `${from + i}\n`).join(""));
}

beforeAll(async () => {
  await binary();
  addBlock(0);
  mkdirSync(join(folder.path, "base"));
  folder.write("base/app.ts", APP);
  linkSync(IN, join(folder.path, "base", "in.txt"));
  const args = ["run", "./app.ts", "--data", "data", "--http", "off"];
  const ran = await runBinary(args, { cwd: join(folder.path, "base") });
  expect(ran.status).toBe(0);
  addBlock(BLOCK);
}, 60_000);

/** Changes one bit in the middle. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 16;
  writeFileSync(path, bytes);
}

const MANIFEST = /logs\/jobs\/.*rec$/;
const STORE = "data/run/store";

describe("what was kept", () => {
  test.each<[name: string, harm: (left: Left) => void, told: RegExp]>([
    [
      "a manifest with a wrong bit",
      (left) => flip(left.file(MANIFEST)),
      /error: record 1 of the log \(\S+\/0*1\.rec\) is damaged: its checksum is wrong\. Put back/,
    ],
    [
      "a manifest that is empty",
      (left) => writeFileSync(left.file(MANIFEST), ""),
      /error: record 1 of the log .* it has 0 bytes, fewer than any record\. Put back a copy/,
    ],
    [
      "a manifest that is gone",
      (left) => rmSync(left.file(MANIFEST)),
      /error: checkpoint 1 of job counts was stored, and file:\S+\/store has none: was it wiped/,
    ],
    [
      "a store that was wiped",
      (left) => rmSync(join(left.path, STORE), { recursive: true }),
      /error: checkpoint 1 of job counts was stored, and file:\S+\/store has none: .* name /,
    ],
    [
      "a store that is a file",
      (left) => {
        rmSync(join(left.path, STORE), { recursive: true });
        writeFileSync(join(left.path, STORE), "");
      },
      /error: cannot make folder \S+\/store\/\S+: a part of the path is a file, .*: check the path/,
    ],
    [
      "a cluster's own record with a wrong bit",
      (left) => flip(left.file(/cluster\/log\/0*2\.rec$/)),
      /error: record 2 of the log .*\/cluster\/log\/.* is damaged: its checksum is wrong\. Put/,
    ],
    [
      "a cluster's own record that is gone",
      (left) => rmSync(left.file(/cluster\/log\/0*1\.rec$/)),
      /error: record 1 of the log \S+ is missing, and later ones are there: put it back from/,
    ],
  ])("%s", async (name, harm, told) => {
    const left = new Left(name.replaceAll(/\W/g, "-"));
    harm(left);
    const refused = await left.run();
    expect(refused.stderr).toMatch(told);
    expect([refused.status, left.lines]).toEqual([1, wanted(1)]);
    left.copy("data");
    const mended = await left.run();
    expect([mended.status, mended.stderr]).toEqual([0, expect.not.stringContaining('"warn"')]);
    expect(left.lines).toEqual(wanted(2));
  });
});
