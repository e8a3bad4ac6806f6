/**
 * What a job goes on from, damaged in every way, at the real binary: each time an error that says
 * what was wrong and what to do, nothing is written twice or lost, and mended it goes on.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
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
const tally = state(() => ({ n: 0 }), {});
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

  /** Another version of the app. */
  write(code: string): void {
    writeFileSync(join(this.path, "app.ts"), code);
  }

  /** The newest file whose path in the data folder fits. */
  file(pattern: RegExp): string {
    return fileIn(join(this.path, "data"), pattern);
  }

  get lines(): string[] {
    const out = join(this.path, "out");
    const parts = readdirSync(out).filter((name) => name.startsWith("part"));
    const texts = parts.sort().map((part) => readFileSync(join(out, part), "utf8"));
    return texts.join("").split("\n").slice(0, -1);
  }
}

function fileIn(where: string, pattern: RegExp): string {
  const path = resolve(folder.path, where);
  const all = readdirSync(path, { recursive: true }) as string[];
  return join(
    path,
    all
      .filter((one) => pattern.test(one))
      .sort()
      .at(-1)!,
  );
}

function wanted(blocks: number): string[] {
  return Array.from({ length: blocks * BLOCK }, (_, n) => `${n} ${Math.floor(n / KEYS) + 1}`);
}

function addBlock(from: number): void {
  appendFileSync(IN, Array.from({ length: BLOCK }, (_, i) => `${from + i}\n`).join(""));
}

/** Runs the app to its end, in a folder of its own, and leaves what it left. */
async function makeBase(name: string, code: string): Promise<void> {
  folder.write(`${name}/app.ts`, code);
  linkSync(IN, join(folder.path, name, "in.txt"));
  const args = ["run", "./app.ts", "--data", "data", "--http", "off"];
  const { status, stderr } = await runBinary(args, { cwd: join(folder.path, name) });
  expect([status, stderr]).toEqual([0, expect.anything()]);
}

beforeAll(async () => {
  await binary();
  addBlock(0);
  await Promise.all([makeBase("base", APP), makeBase("other", APP.replace("counts", "tallys"))]);
  addBlock(BLOCK);
}, 60_000);

/** Changes one bit in the middle. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 16;
  writeFileSync(path, bytes);
}

function writeByte(path: string, at: number, value: number): void {
  const bytes = readFileSync(path);
  bytes[at] = value;
  writeFileSync(path, bytes);
}

/** A name, what is done to what was left, and what is told. */
type Case = readonly [name: string, harm: (left: Left) => void, told: RegExp];

async function refusedThenMended([name, harm, told]: Case): Promise<void> {
  const left = new Left(name.replaceAll(/\W/g, "-"));
  harm(left);
  const refused = await left.run();
  expect(refused.stderr).toMatch(told);
  expect([refused.status, left.lines]).toEqual([1, wanted(1)]);
  left.copy("data");
  const mended = await left.run();
  expect([mended.status, mended.stderr]).toEqual([0, expect.not.stringContaining('"warn"')]);
  expect(left.lines).toEqual(wanted(2));
}

const SEGMENT = /\.seg$/;
const MANIFEST = /logs\/jobs\/.*rec$/;
const STORE = "data/run/store";

describe("what was kept", () => {
  test.each<Case>([
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
  ])("%s", async (name, harm, told) => await refusedThenMended([name, harm, told]));

  // A worker reads them, and the job is tried three times: all at once.
  test("a file of its state: damaged, cut off, gone, of another job, newer", async () => {
    const mend = "put it back from a copy, or begin from another checkpoint";
    const begin = String.raw`error: 3 attempts failed .* on worker w1: jobs\/\S+\.seg`;
    const told = (what: string): RegExp => new RegExp(`${begin} ${what}`);
    const cases: readonly Case[] = [
      [
        "seg bit",
        (left) => flip(left.file(SEGMENT)),
        told(`is damaged: its header has another checksum; ${mend}`),
      ],
      [
        "seg cut",
        (left) => truncateSync(left.file(SEGMENT), 100),
        told(String.raw`is damaged: it has 100 bytes instead of \d+; put`),
      ],
      [
        "seg gone",
        (left) => rmSync(left.file(SEGMENT)),
        told("is missing, and the checkpoint needs"),
      ],
      [
        "seg foreign",
        (left) => copyFileSync(fileIn("other/data", SEGMENT), left.file(SEGMENT)),
        told(String.raw`is of job jobs\/tallys-\w+, and not of jobs\/counts-\w+: ${mend}`),
      ],
      [
        "seg newer",
        (left) => writeByte(left.file(SEGMENT), 5, 2),
        told(
          "has form 2, and this engine reads form 1: run the engine that wrote it, or a newer one",
        ),
      ],
    ];
    await Promise.all(cases.map(refusedThenMended));
  });
});

describe("an app that was edited", () => {
  test("a state of other fields and no new version is refused, until it is said how", async () => {
    const left = new Left("shape");
    const edited = APP.replace("n: 0", "n: 0, sum: 0");
    const upgrade = "{ version: 2, upgrade: (old) => ({ ...old, sum: 0 }) }";
    left.write(edited);
    const refused = await left.run();
    expect(refused.stderr).toEndWith(
      'cannot go on from checkpoint 1: step "count": its state has version 1 as before, and ' +
        'another shape: "sum" is new. Give it version 2 and an upgrade(old, fromVersion), or, if ' +
        'its function can do with the old values, the option shape: "any"\n',
    );
    expect([refused.status, left.lines]).toEqual([1, wanted(1)]);
    const accepted = new Left("any");
    accepted.write(edited.replace("{});", '{ shape: "any" });'));
    left.write(edited.replace("{});", `${upgrade});`));
    const runs = await Promise.all([left.run(), accepted.run()]);
    expect(runs.map(({ status }) => status)).toEqual([0, 0]);
    expect([left.lines, accepted.lines]).toEqual([wanted(2), wanted(2)]);
  });

  test("a step that was renamed leaves its state behind, which is named", async () => {
    const left = new Left("renamed");
    left.write(APP.replace('"count"', '"tally"'));
    const { status, stderr } = await left.run();
    expect([status, left.lines.length]).toEqual([0, 2 * BLOCK]);
    const warned = stderr.split("\n").filter((line) => line.startsWith('{"level":"warn"'));
    expect(warned).toEqual([
      expect.stringContaining('the state of step \\"count\\", which the app does not have'),
    ]);
  });
});

// The last one: it changes the file that all read.
test("an input that was cut short or replaced is never read from its start", async () => {
  const [cut, replaced] = [new Left("cut"), new Left("replaced")];
  const all = readFileSync(IN);
  rmSync(join(replaced.path, "in.txt"));
  writeFileSync(join(replaced.path, "in.txt"), all);
  writeFileSync(IN, "0\n1\n");
  const runs = await Promise.all([cut.run(), replaced.run()]);
  expect(runs.map(({ status }) => status)).toEqual([1, 1]);
  const [short, other] = [cut, replaced].map(({ path }) => `source "in": file ${path}/in.txt`);
  const hint = 'to read it again from its start, set onTruncate: "restart"\n';
  expect(runs[0].stderr).toEndWith(
    `${short} has 4 bytes, but 140 were read already: it was cut short; ${hint}`,
  );
  expect(runs[1].stderr).toEndWith(
    `${other} is another file than the one that was read before; ${hint}`,
  );
  expect([cut.lines, replaced.lines]).toEqual([wanted(1), wanted(1)]);
  writeFileSync(IN, all);
  rmSync(join(replaced.path, "in.txt"));
  linkSync(IN, join(replaced.path, "in.txt"));
  const mended = await Promise.all([cut.run(), replaced.run()]);
  expect(mended.map(({ status }) => status)).toEqual([0, 0]);
  expect([cut.lines, replaced.lines]).toEqual([wanted(2), wanted(2)]);
});
