import { expect, test } from "bun:test";
import { cli } from "../../../src/cli/cli.ts";
import { simulate } from "../../../src/cli/simulate.ts";
import { AppFolder, lineApp } from "../../support/app-folder.ts";
import { FakeIo } from "../../support/fake-io.ts";

test("the command that repeats a seed has what matters, quoted for a shell", async () => {
  using folder = new AppFolder({
    "it's.txt": "a\nb\nc\n",
    "apps/dice.ts": lineApp("dice", "({ line, text: line + Math.random(), 'a b': 1 })"),
  });
  const io = Object.assign(new FakeIo(), { cwd: folder.path });
  const words = ["simulate", "dice", "--input", "lines=it's.txt", "--workers", "2"];
  expect(await cli([...words, "--from", "5", "--json", "--ignore", "a b"], io, [simulate])).toBe(1);
  const found = JSON.parse(io.stdout.text) as Record<string, unknown>;
  expect(found).toMatchObject({ app: "dice", committed: { out: 3 }, same: 0, differ: 1 });
  expect(found["different"]).toEqual([
    {
      seed: 5,
      difference: expect.stringMatching(/^out: 3 missing, such as .*"a0\.\d+".*; 3 too many/),
      again:
        "wallaroo simulate dice --input 'lines=it'\\''s.txt' --ignore 'a b' --workers 2 " +
        "--from 5 --seeds 1",
    },
  ]);
});

test("the time that apps see is in whole milliseconds", async () => {
  using folder = new AppFolder({
    "in.txt": "a\nb\n",
    "apps/whole.ts": lineApp("whole", "line + typeof BigInt(Date.now())"),
  });
  const io = Object.assign(new FakeIo(), { cwd: folder.path });
  const words = ["simulate", "whole", "--input", "lines=in.txt", "--seeds", "3", "--json"];
  expect(await cli(words, io, [simulate])).toBe(0);
  expect(JSON.parse(io.stdout.text)).toMatchObject({ committed: { out: 2 }, same: 3 });
});

/** What `simulate` says of an app of lines, as JSON. */
async function simulated(
  code: string,
  more: readonly string[] = [],
  seeds = 3,
): Promise<{ readonly status: number; readonly found: Record<string, unknown>; error: string }> {
  using folder = new AppFolder({
    "in.txt": Array.from({ length: 100 }, (_, i) => `${i}\n`).join(""),
    "apps/one.ts": code,
  });
  const io = Object.assign(new FakeIo(), { cwd: folder.path });
  const words = [
    "simulate",
    "one",
    "--input",
    "lines=in.txt",
    "--seeds",
    String(seeds),
    "--json",
    ...more,
  ];
  const status = await cli(words, io, [simulate]);
  const { text } = io.stdout;
  const found = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status, found, error: io.stderr.text };
}

const FROM_NODE = 'import { randomBytes } from "node:crypto";';
const ASKING = {
  "Math.random": "Math.random()",
  "Date.now": "Date.now()",
  "new Date": "new Date().toISOString()",
  "performance.now": "performance.now()",
  "process.hrtime": "process.hrtime.bigint()",
  "crypto.randomUUID": "crypto.randomUUID()",
  "crypto.getRandomValues": "crypto.getRandomValues(new Uint32Array(1))[0]",
  "crypto.randomBytes": "randomBytes(4).toString('hex')",
};

test("an app that asks for time and chance is repeated by its seed, and told why", async () => {
  const fields = Object.values(ASKING).map((expression, i) => `f${i}: ${expression}`);
  const code = lineApp("one", `({ line, ${fields.join(", ")} })`, FROM_NODE);
  const one = await simulated(code);
  expect(one.status).toBe(1);
  const names = Object.keys(ASKING).toSorted();
  const last = names.pop();
  expect(one.found["why"]).toMatch(
    `records depend on ${names.join(", ")} and ${last}, which a record`,
  );
  expect(await simulated(code)).toEqual(one);
});

test("an app that asks, and whose records do not depend on that, is the same", async () => {
  const expressions = Object.values(ASKING).join(", ");
  const { status, found } = await simulated(
    lineApp("one", `[${expressions}].length + line`, FROM_NODE),
  );
  expect([status, found["same"], found["why"]]).toEqual([0, 3, undefined]);
});

test("what a module or globalThis remembers is found, and chance is not blamed", async () => {
  const before = "let lines = 0;";
  const counted = "`${line} ${(globalThis.lines = (globalThis.lines ?? 0) + 1)}`";
  const global = await simulated(lineApp("one", counted), [], 20);
  expect(global.found["why"]).toMatch(/globalThis remembers .*no time and no chance$/);
  const both = await simulated(
    lineApp("one", "(Math.random(), `${line} ${++lines}`)", before),
    [],
    20,
  );
  expect(both.found["why"]).toMatch(/^Math\.random, which .*, or what a variable of a module/);
});

test("a field to ignore that no record has is refused, with those there are", async () => {
  const code = lineApp("one", "({ line, at: Date.now() })");
  expect((await simulated(code, ["--ignore", "at"])).status).toBe(0);
  const { status, error } = await simulated(code, ["--ignore", "time"]);
  expect(status).toBe(2);
  expect(error).toMatch(/--ignore time: no record of a sink has that field; there are: at, line/);
  const texts = await simulated(lineApp("one", "line"), ["--ignore", "time"]);
  expect(texts.error).toMatch(/--ignore time: .*records have no fields/);
});

test("a terminal is told how far it is, and lines stand alone", async () => {
  using folder = new AppFolder({
    "in.txt": "a\nb\n",
    "apps/upper.ts": lineApp("upper", "line.toUpperCase()"),
  });
  const io = Object.assign(new FakeIo({ isTerminal: true }), { cwd: folder.path });
  const words = ["simulate", "upper", "--input", "lines=in.txt", "--from", "4", "--seeds", "2"];
  expect(await cli(words, io, [simulate])).toBe(0);
  const shown = ["without faults ...", "seed 4: 1 of 2, 0 differ", "seed 5: 2 of 2, 0 differ"];
  const [first, ...seeds] = shown.map((text) => `\r\x1b[2K${text}`);
  expect(io.stderr.text).toBe(`${first}\r\x1b[2K${seeds.join("")}\r\x1b[2K`);
  expect(io.stdout.text).toMatch(/^without faults: .*\n2 seeds the same/);
});

test("an app whose run is not over in time is not blamed for what it remembers", async () => {
  // Only process.env outlives a run: behind the one without faults the source is too slow.
  const code = `import { app, generator, stdout, utf8 } from "wallaroo";
const rate = process.env["SLOW_FROM_NOW"] === undefined ? 1000 : 0.001;
export default app("slow", (flow) => {
  flow
    .source("numbers", generator({ count: 20, rate, make: String }))
    .inspect("see", () => void (process.env["SLOW_FROM_NOW"] = "yes"))
    .sink("out", stdout({ encode: utf8 }));
});
`;
  using folder = new AppFolder({ "apps/slow.ts": code });
  const io = Object.assign(new FakeIo(), { cwd: folder.path });
  try {
    expect(await cli(["simulate", "slow", "--seeds", "1", "--workers", "1"], io, [simulate])).toBe(
      1,
    );
  } finally {
    delete process.env["SLOW_FROM_NOW"];
  }
  expect(io.stdout.text).toMatch(
    /seed 1 differs: the job did not finish in 60 .*; source "numbers" .* made \d+ records and has/,
  );
  expect(io.stdout.text).toMatch(/likely why: the time of the run was over and no record tells/);
}, 30_000);
