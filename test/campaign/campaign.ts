/**
 * `npm run campaign NAME -- [--seeds N] [--from S] [--seed S] [--minutes M] [--resume]`
 *
 * Everything that is larger than CI. A campaign is a file `NAME.campaign.ts` beside this one that
 * exports `campaign`. Each seed and its result stand in `.wallaroo/campaigns/NAME.json`; `--resume`
 * runs only what is missing there or failed. Without a name: the list. Exit code 0 when all seeds
 * passed, 1 when one failed, 2 when the command was wrong.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runCampaign, seedRange, type Campaign, type CampaignState } from "./runner.ts";

const FAILURES_SHOWN = 10;
const SHOW_INTERVAL_MS = 5_000;
const folder = join(import.meta.dir, "../../.wallaroo/campaigns");

process.exitCode = await main(process.argv.slice(2));

async function main(argv: string[]): Promise<number> {
  const campaigns = await loadCampaigns();
  const { values, positionals } = parse(argv);
  const name = positionals[0];
  if (name === undefined) {
    for (const { name, about, seeds } of campaigns)
      console.log(`${name}  (${seeds} seeds)  ${about}`);
    console.log(
      "\nnpm run campaign NAME -- [--seeds N] [--from S] [--seed S] [--minutes M] [--resume]",
    );
    return 0;
  }
  const campaign = campaigns.find((known) => known.name === name);
  if (campaign === undefined || positionals.length > 1) {
    const known = campaigns.map((each) => each.name).join(", ");
    console.error(`no campaign ${JSON.stringify(positionals.join(" "))}; there are: ${known}`);
    return 2;
  }
  const one = numberOf(values.seed, "--seed");
  const from = one ?? numberOf(values.from, "--from") ?? 1;
  const count = one === undefined ? (numberOf(values.seeds, "--seeds") ?? campaign.seeds) : 1;
  const minutes = numberOf(values.minutes, "--minutes") ?? Infinity;
  return runAll(campaign, seedRange(from, count), {
    minutes,
    resume: values.resume,
    isReplay: one !== undefined,
  });
}

interface RunOptions {
  readonly minutes: number;
  readonly resume: boolean;
  /** One seed, to look at a failure: the state stays as it is. */
  readonly isReplay: boolean;
}

async function runAll(campaign: Campaign, seeds: number[], options: RunOptions): Promise<number> {
  const file = join(folder, `${campaign.name}.json`);
  const before = options.resume && existsSync(file) ? readState(file) : undefined;
  const deadline = performance.now() + options.minutes * 60_000;
  let shownAt = performance.now();
  let isStopped = false;
  process.on("SIGINT", () => (isStopped = true));
  console.log(`${campaign.name}: ${campaign.about}`);
  const state = await runCampaign(campaign, seeds, before, {
    now: () => performance.now(),
    save: (next) => (options.isReplay ? undefined : writeState(file, next)),
    progress(result, done, of) {
      if (!result.isOk) console.log(`seed ${result.seed} failed after ${result.ms} ms`);
      if (performance.now() - shownAt >= SHOW_INTERVAL_MS) {
        shownAt = performance.now();
        console.log(`${done} of ${of} seeds`);
      }
      return !isStopped && performance.now() < deadline;
    },
  });
  await campaign.end?.();
  return report(campaign, seeds, state, file);
}

function report(campaign: Campaign, seeds: number[], state: CampaignState, file: string): number {
  const wanted = new Set(seeds);
  const results = state.results.filter((result) => wanted.has(result.seed));
  const failures = results.filter((result) => !result.isOk);
  for (const failure of failures.slice(0, FAILURES_SHOWN)) {
    console.log(`\nseed ${failure.seed}: ${failure.error}`);
    console.log(`replay: npm run campaign ${campaign.name} -- --seed ${failure.seed}`);
  }
  if (failures.length > FAILURES_SHOWN) {
    console.log(`\nand ${failures.length - FAILURES_SHOWN} more in ${file}`);
  }
  const left = seeds.length - results.length;
  const ms = results.reduce((sum, result) => sum + result.ms, 0);
  console.log(
    `\n${results.length - failures.length} passed, ${failures.length} failed, ${left} not run, ` +
      `${(ms / 1_000).toFixed(1)} s of seeds`,
  );
  if (left > 0)
    console.log(`go on: npm run campaign ${campaign.name} -- --resume --seeds ${seeds.length}`);
  return failures.length === 0 ? 0 : 1;
}

async function loadCampaigns(): Promise<Campaign[]> {
  const files = [...new Bun.Glob("*.campaign.ts").scanSync({ cwd: import.meta.dir })].sort();
  const modules = await Promise.all(
    files.map((file) => import(join(import.meta.dir, file)) as Promise<{ campaign: Campaign }>),
  );
  return modules.map((module) => module.campaign);
}

function parse(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        seeds: { type: "string" },
        from: { type: "string" },
        seed: { type: "string" },
        minutes: { type: "string" },
        resume: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    console.error((error as Error).message);
    return process.exit(2);
  }
}

function numberOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`${option} is ${JSON.stringify(text)}: a whole number is wanted`);
  return process.exit(2);
}

function readState(file: string): CampaignState {
  return JSON.parse(readFileSync(file, "utf8")) as CampaignState;
}

/** A crash leaves the old state or the new one, never half of one. */
function writeState(file: string, state: CampaignState): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(state)}\n`);
  renameSync(`${file}.new`, file);
}
