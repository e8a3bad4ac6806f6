/**
 * Speed of the engine alone: records from memory into a sink that adds up, in one process.
 *
 *   bun test/bench/engine.ts [--only TEXT] [--runs N] [--dry]
 *
 * What comes out depends on every record and is compared with a plain calculation, so nothing can
 * be left out by a compiler. Text keys are decoded from bytes anew for each record. The last case
 * repeats the first one after three pipelines of other shapes ran in the process, which is where
 * code that is shared gets slow.
 */
import { parseArgs } from "node:util";
import { load, machine } from "./harness/machine.ts";
import { text } from "./harness/numbers.ts";
import { figure, type Figure, save } from "./harness/results.ts";
import { chain } from "./in-process/chains.ts";
import { keyedCount } from "./in-process/keyed.ts";
import { type InProcess, measure } from "./in-process/measure.ts";
import { OTHERS } from "./in-process/others.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    runs: { type: "string", default: "5" },
    dry: { type: "boolean", default: false },
  },
});

const MILLION = 1_000_000;
const number = { kind: "number" } as const;
const string = { kind: "string" } as const;
const alone: InProcess[] = [
  chain("map, filter, map: 1 of 1,000 passes", 2),
  chain("map, filter, map: half pass", 501, 25),
  chain("map, filter, map: all pass", 1_001),
];
const keyed: (() => InProcess)[] = [
  () =>
    keyedCount({
      ...number,
      name: "count, 10,000 numbers as keys",
      keys: 10_000,
      records: 1 << 18,
      rounds: 40,
      atLeast: 5,
    }),
  () =>
    keyedCount({
      ...number,
      name: "count, 1 M numbers as keys at random",
      keys: MILLION,
      records: 1 << 21,
      rounds: 4,
      atLeast: 1.2,
    }),
  () =>
    keyedCount({
      ...string,
      name: "count, 10,000 texts as keys",
      keys: 10_000,
      records: 1 << 18,
      rounds: 10,
      atLeast: 0.6,
    }),
  () =>
    keyedCount({
      ...string,
      name: "count, 1 M texts as keys at random",
      keys: MILLION,
      records: 1 << 21,
      rounds: 4,
      atLeast: 0.6,
    }),
];

const figures: Figure[] = [];
const before = load();
for (const one of alone) await report(one);
for (const one of OTHERS) await report(one);
await report({ ...chain("map, filter, map: half pass, after three others", 501, 10) });
for (const one of keyed) await report(one());
if (values.only === "" && !values.dry) {
  save({
    case: "engine",
    about: "the engine alone, records from memory, in process",
    date: new Date().toISOString(),
    commit: Bun.spawnSync(["git", "rev-parse", "--short=12", "HEAD"]).stdout.toString().trim(),
    machine: machine(),
    load: [before, load()],
    nice: 0,
    command: "bun test/bench/engine.ts",
    check: "number and sum of the results equal those of a plain calculation",
    figures,
    details: [],
  });
}

async function report(one: InProcess): Promise<void> {
  if (!one.name.includes(values.only)) return;
  const rates: number[] = [];
  for (let i = 0; i < Number(values.runs); i++) rates.push(await measure(one));
  const bound = one.atLeast === undefined ? {} : { atLeast: one.atLeast };
  const done = figure(one.name, "M records/s", rates, bound);
  figures.push(done);
  const wanted =
    done.target === undefined ? "" : ` (${done.target}: ${done.isReached ? "yes" : "NO"})`;
  console.log(
    `${one.name}: ${text(done.median)} M/s, ${text(done.min)} to ${text(done.max)}${wanted}`,
  );
}
