/**
 * What the campaign `kill` has found so far, as a table: kills by subset and by gap, how long it
 * took until the cluster went on. `bun test/campaign/kill/figures.ts [FILE]`
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CampaignState } from "../runner.ts";
import type { Hurt } from "./rounds.ts";

type Told = Hurt & { readonly round: string };

/** What is promised, ms. */
const RESUMED_MS = 3_000;
const MISSED_MS = 500;
const SILENT_MS = 5_000;

const file = process.argv[2] ?? join(import.meta.dir, "../../../.wallaroo/campaigns/kill.json");
const { results } = JSON.parse(readFileSync(file, "utf8")) as CampaignState; // Of the campaign.
const told = results.flatMap(
  ({ facts }) => JSON.parse(String(facts?.["hurts"] ?? "[]")) as readonly Told[],
);
const records = results.reduce((sum, { facts }) => sum + Number(facts?.["records"] ?? 0), 0);
const failed = results.filter(({ isOk }) => !isOk).map(({ seed }) => seed);

console.log(`${results.length} clusters, ${records} records, ${told.length} rounds`);
console.log(`seeds that failed: ${failed.length === 0 ? "none" : failed.join(", ")}\n`);
const groups = Map.groupBy(told, ({ round }) => groupOf(round));
for (const [group, hurts] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
  console.log(`${String(hurts.length).padStart(4)}  ${group}  ${spread(resumed(hurts))}`);
}
const kills = told.filter(({ round }) => round.startsWith("kill"));
console.log(
  `\nresumed behind a kill, goal ${RESUMED_MS} ms: ${spread(resumed(kills), RESUMED_MS)}`,
);
const missed = told.flatMap(({ missedMs }) => missedMs);
console.log(`a dead worker missed, goal ${MISSED_MS} ms: ${spread(missed, MISSED_MS)}`);
const silent = told.flatMap(({ silentMs }) => silentMs);
console.log(`a silent worker missed, goal ${SILENT_MS} ms: ${spread(silent, SILENT_MS)}`);

function resumed(hurts: readonly Told[]): readonly number[] {
  return hurts.map(({ resumedMs }) => resumedMs);
}

/** Which worker it was, and who else, does not matter. */
function groupOf(round: string): string {
  const gap = /^(\w+) .* (between .*)$/.exec(round);
  if (gap !== null) return `${gap[1]} ${gap[2]}`;
  return round.replace(/ for \d+ ms$/, "").replace(/, again \d+$/, ", again");
}

function spread(values: readonly number[], goal?: number): string {
  if (values.length === 0) return "none";
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.ceil(part * sorted.length) - 1]!;
  const over = goal === undefined ? "" : `, ${sorted.filter((ms) => ms > goal).length} over it`;
  return `${sorted.length}x p50 ${at(0.5)} p99 ${at(0.99)} max ${sorted.at(-1)} ms${over}`;
}
