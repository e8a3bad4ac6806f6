/**
 * What a job goes on from, damaged in every way, at the real binary: each time an error that says
 * what was wrong and what to do, nothing is written twice or lost, and mended it goes on.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  copyFileSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { binary, runBinary } from "../support/binary.ts";
import {
  BLOCK,
  flipBit,
  type Left,
  LEFT_APP,
  leftLines,
  LeftRuns,
  writeByte,
} from "../support/left-run.ts";
import { LocalRun } from "../support/local-run.ts";

setDefaultTimeout(60_000);

const kept = new LeftRuns();
beforeAll(async () => {
  await binary();
  await kept.make(["tallys"]);
}, 60_000);
const running: LocalRun[] = [];
afterAll(() => {
  for (const { child } of running) child.kill("SIGKILL");
  kept[Symbol.dispose]();
});

/** A name, what is done to what was left, and what is told. */
type Case = readonly [name: string, harm: (left: Left) => void, told: RegExp];

async function refusedThenMended([name, harm, told]: Case): Promise<void> {
  const left = kept.copy(name.replaceAll(/\W/g, "-"));
  harm(left);
  const refused = await left.run();
  expect(refused.stderr).toMatch(told);
  expect([refused.status, left.lines]).toEqual([1, leftLines(1)]);
  left.mend("data");
  const mended = await left.run();
  expect([mended.status, mended.stderr]).toEqual([0, expect.not.stringContaining('"warn"')]);
  expect(left.lines).toEqual(leftLines(2));
}

const SEGMENT = /\.seg$/;
const MANIFEST = /logs\/jobs\/.*rec$/;
const STORE = "data/run/store";

describe.concurrent("what was kept", () => {
  test.each<Case>([
    [
      "a manifest with a wrong bit",
      (left) => flipBit(left.file(MANIFEST)),
      /error: record 1 of the log \(\S+\/0*1\.rec\) is damaged: its checksum is wrong\. Put back/,
    ],
    [
      "a manifest that is empty",
      (left) => writeFileSync(left.file(MANIFEST), ""),
      /error: record 1 of the log .* it has 0 bytes, fewer than any record\. Put back a copy/,
    ],
    [
      "a manifest of another cluster",
      (left) => copyFileSync(kept.fileIn("tallys/data", MANIFEST), left.file(MANIFEST)),
      /error: record 1 of the log .* is damaged: it belongs to another cluster\. Put back a copy/,
    ],
    [
      "a manifest of a newer engine",
      (left) => writeByte(left.file(MANIFEST), 5, 2, true),
      /error: record 1 of the log .* has version 2, and this engine reads version 1: run the/,
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
      /error: the store \S+\/store cannot be written, name another with --store: .* there already/,
    ],
    [
      "a cluster's own record with a wrong bit",
      (left) => flipBit(left.file(/cluster\/log\/0*2\.rec$/)),
      /error: record 2 of the log .*\/cluster\/log\/.* is damaged: its checksum is wrong\. Put/,
    ],
    [
      "a cluster's own record that is gone",
      (left) => rmSync(left.file(/cluster\/log\/0*1\.rec$/)),
      /error: record 1 of the log \S+ is missing, and later ones are there: put it back from/,
    ],
    [
      "a cluster's own log that is gone",
      (left) => rmSync(join(left.path, "data/run/cluster"), { recursive: true }),
      /error: \S+\/jobs has checkpoints, and \S+\/cluster\/log, .* is gone: put it back as it was/,
    ],
    [
      "a cluster's own log from an older copy",
      (left) => {
        const log = join(left.path, "data/run/cluster/log");
        for (const name of readdirSync(log).sort().slice(2)) rmSync(join(log, name));
      },
      /error: file:\S+\/store has files of job counts, and the coordinator's own log does not tell/,
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
        (left) => flipBit(left.file(SEGMENT)),
        told(`is damaged: its header has another checksum; ${mend}.*; no older checkpoint is kept`),
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
        (left) => copyFileSync(kept.fileIn("tallys/data", SEGMENT), left.file(SEGMENT)),
        told(String.raw`is of job jobs\/tallys-\w+, and not of jobs\/counts-\w+: ${mend}`),
      ],
      [
        "seg newer",
        (left) => writeByte(left.file(SEGMENT), 5, 9),
        told(String.raw`has form 9, and this engine reads form \d: run the engine that wrote it`),
      ],
    ];
    await Promise.all(cases.map(refusedThenMended));
  });
});

describe.concurrent("an app that was edited", () => {
  test("a state of other fields and no new version is refused, until it is said how", async () => {
    const left = kept.copy("shape");
    const edited = LEFT_APP.replace("n: 0", "n: 0, sum: 0");
    const upgrade = "{ version: 2, upgrade: (old) => ({ ...old, sum: 0 }) }";
    left.write(edited);
    const refused = await left.run();
    expect(refused.stderr).toEndWith(
      'cannot go on from checkpoint 1: step "count": its state has version 1 as before, and ' +
        'another shape: "sum" is new. Give it version 2 and an upgrade(old, fromVersion), or, if ' +
        'its function can do with the old values, the option shape: "any"\n',
    );
    expect([refused.status, left.lines]).toEqual([1, leftLines(1)]);
    const accepted = kept.copy("any");
    accepted.write(edited.replace("{});", '{ shape: "any" });'));
    left.write(edited.replace("{});", `${upgrade});`));
    const runs = await Promise.all([left.run(), accepted.run()]);
    expect(runs.map(({ status }) => status)).toEqual([0, 0]);
    expect([left.lines, accepted.lines]).toEqual([leftLines(2), leftLines(2)]);
  });

  test("a step that was renamed is refused, unless its state may be left behind", async () => {
    const left = kept.copy("renamed");
    left.write(LEFT_APP.replace('"count"', '"tally"'));
    const refused = await left.run();
    expect(refused.stderr).toMatch(
      /the state "count", .* was it renamed to "tally"\? .* drop it with/,
    );
    expect([refused.status, left.lines.length]).toEqual([1, BLOCK]);
    const { status, stderr } = await left.run("--drop-state", "count");
    expect([status, left.lines.length]).toEqual([0, 2 * BLOCK]);
    const warned = stderr.split("\n").filter((line) => line.startsWith('{"level":"warn"'));
    expect(warned).toEqual([
      expect.stringContaining('the state of step \\"count\\", which the app does not have'),
    ]);
  });
});

test("an ingest log that is gone is never begun anew: what it held was promised", async () => {
  const { folder } = kept;
  const cwd = join(folder.path, "ingest");
  folder.write(
    "ingest/app.ts",
    `import { app, file, tcp, utf8 } from "wallaroo";
export default app("kept", (flow) => {
  flow.source("in", tcp.listen({ port: 0, frame: "lines", decode: utf8, log: "disk" }))
    .sink("out", file.write({ path: "out", encode: utf8 }));
});
`,
  );
  const more = ["--data", "data"];
  const run = await LocalRun.start({ app: "./app.ts", cwd, more });
  running.push(run);
  const { port } = (await run.started()).sources[0]!.addresses[0]!;
  folder.write("ingest/lines.txt", "one\ntwo\n");
  await run.send(port, join(cwd, "lines.txt"), "--frame", "lines");
  const out = (): string => {
    const parts = readdirSync(join(cwd, "out")).filter((name) => name.startsWith("part"));
    return parts.map((name) => readFileSync(join(cwd, "out", name), "utf8")).join("");
  };
  expect(out()).toBe("one\ntwo\n");
  run.child.kill("SIGKILL");
  await run.child.exited;
  const log = join(cwd, "data/run/workers/w1/ingest");
  renameSync(log, `${log}.away`);
  const args = ["run", "./app.ts", "--data", "data", "--http", "off", "-q"];
  const refused = await runBinary(args, { cwd });
  expect([refused.status, refused.stderr]).toEqual([
    1,
    expect.stringMatching(/source "in": the ingest log of in is to be read from .* 2 behind it/),
  ]);
  expect(refused.stderr).toContain(
    "put it back from a copy; or, to go on with the job's state and",
  );
  rmSync(log, { recursive: true });
  renameSync(`${log}.away`, log);
  const again = await LocalRun.start({ app: "./app.ts", cwd, more });
  running.push(again);
  await again.started();
  again.child.kill("SIGTERM");
  expect(await again.child.exited).toBe(0);
  expect(out()).toBe("one\ntwo\n");
});

// The last one: it changes the file that all read.
test("an input that was cut short or replaced is never read from its start", async () => {
  const [cut, replaced] = [kept.copy("cut"), kept.copy("replaced")];
  const all = readFileSync(kept.input);
  rmSync(join(replaced.path, "in.txt"));
  writeFileSync(join(replaced.path, "in.txt"), all);
  writeFileSync(kept.input, "0\n1\n");
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
  expect([cut.lines, replaced.lines]).toEqual([leftLines(1), leftLines(1)]);
  writeFileSync(kept.input, all);
  rmSync(join(replaced.path, "in.txt"));
  linkSync(kept.input, join(replaced.path, "in.txt"));
  const mended = await Promise.all([cut.run(), replaced.run()]);
  expect(mended.map(({ status }) => status)).toEqual([0, 0]);
  expect([cut.lines, replaced.lines]).toEqual([leftLines(2), leftLines(2)]);
});
