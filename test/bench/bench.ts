/**
 * Whole-process benchmarks, with the compiled binary. None of them is a test.
 *
 *   bun test/bench/bench.ts [CASE...] [--binary FILE | --sources] [--runs N] [--seconds N]
 *                           [--seed N] [--nice N] [--dry]
 *
 * Without a case: the list, and the table of all results. Results go to `results/CASE.json`; with
 * `--dry` they are only shown. `--nice` is a priority for latency at 100,000/s, see README.
 * `--sources` runs the engine from sources, for profiles.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildBinary } from "../../build.ts";
import { CASES } from "./cases.ts";
import { endAll } from "./harness/child.ts";
import type { Context } from "./harness/context.ts";
import { load, machine, setNice } from "./harness/machine.ts";
import { text } from "./harness/numbers.ts";
import { type Result, save, tableOfAll } from "./harness/results.ts";

const ROOT = join(import.meta.dir, "../..");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    binary: { type: "string" },
    sources: { type: "boolean", default: false },
    runs: { type: "string" },
    seconds: { type: "string" },
    nice: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    dry: { type: "boolean", default: false },
  },
});

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
process.once("exit", endAll);

if (positionals.length === 0) {
  for (const { name, about } of CASES) console.log(`${name.padEnd(16)} ${about}`);
  console.log(`\n${tableOfAll()}`);
  process.exit(0);
}
const chosen = positionals.map((name) => {
  const found = CASES.find((one) => one.name === name);
  if (found === undefined) {
    console.error(`no case ${name}; there are ${CASES.map((one) => one.name).join(", ")}`);
    process.exit(2);
  }
  return found;
});
const folder = mkdtempSync(join(tmpdir(), "wallaroo-bench-"));
const ctx: Context = {
  binary: await binary(),
  folder,
  seed: Number(values.seed),
  runs: values.runs === undefined ? undefined : Number(values.runs),
  seconds: values.seconds === undefined ? undefined : Number(values.seconds),
  prefer: (on) => {
    if (Number(values.nice) !== 0) setNice(on ? Number(values.nice) : 0);
  },
  say: (line) => console.log(line),
};
const version = Bun.spawnSync([...ctx.binary, "version"]).stdout.toString();
const commit = /\(([^)]+)\)/.exec(version)?.[1] ?? "sources";
try {
  for (const one of chosen) {
    const before = load();
    console.log(`${one.name}: ${one.about}`);
    const measured = await one.measure(ctx);
    const result: Result = {
      case: one.name,
      about: one.about,
      date: new Date().toISOString(),
      commit,
      machine: machine(),
      load: [before, load()],
      nice: one.name === "latency" ? Number(values.nice) : 0,
      ...measured,
    };
    for (const { name, unit, median, min, max, target, isReached } of result.figures) {
      const wanted = target === undefined ? "" : ` (${target}: ${isReached ? "yes" : "NO"})`;
      console.log(`  ${name}: ${text(median)} ${unit}, ${text(min)} to ${text(max)}${wanted}`);
    }
    console.log(`  load average ${before} to ${load()}`);
    if (!values.dry) save(result);
  }
} finally {
  endAll();
  rmSync(folder, { recursive: true });
}
process.exit(0);

async function binary(): Promise<string[]> {
  if (values.sources) return [process.execPath, join(ROOT, "src/main.ts")];
  if (values.binary !== undefined) return [resolve(values.binary)];
  const path = join(ROOT, "dist/wallaroo");
  const { size, ms } = await buildBinary(path);
  console.log(`${path}: ${(size / 1e6).toFixed(1)} MB, built in ${(ms / 1000).toFixed(1)} s`);
  return [path];
}
