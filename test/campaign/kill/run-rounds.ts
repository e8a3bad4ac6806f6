/** One seed of a campaign: a cluster, its rounds, the verdict, the figures. */
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Facts } from "../runner.ts";
import { KillCluster } from "./cluster.ts";
import { killBinary } from "./kill-binary.ts";
import type { LedgerSettings } from "./ledger.ts";
import { MEMBERS, type Round, roundText } from "./plan.ts";
import type { StoreServer } from "./processes.ts";
import { carryOut, type Hurt } from "./rounds.ts";

/** What is promised. */
const RESUMED_MS = 3_000;
/** Rounds that took longer, with what was logged: on a busy machine there are some. */
const SLOW_FILE = join(import.meta.dir, "../../../.wallaroo/campaigns/kill-slow.txt");
const NOISE = /link broke|cannot join/;

export async function runRounds(
  rounds: readonly Round[],
  load: LedgerSettings,
  store?: StoreServer,
): Promise<Facts> {
  await using cluster = await KillCluster.start(await killBinary(), load, store);
  const hurts: (Hurt & { readonly round: string })[] = [];
  try {
    for (const [i, round] of rounds.entries()) {
      const text = roundText(round);
      const from = Date.now();
      try {
        const hurt = await carryOut(round, cluster);
        hurts.push({ round: text, ...hurt });
        if (hurt.resumedMs > RESUMED_MS) noteSlow(cluster, `${text}: ${hurt.resumedMs} ms`, from);
        cluster.check();
      } catch (error) {
        throw new Error(`round ${i + 1}, ${text}: ${String(error)}; see ${cluster.folder}`, {
          cause: error,
        });
      }
    }
    return factsOf(await cluster.drain(), hurts);
  } catch (error) {
    cluster.isKept = true;
    throw error;
  }
}

/** What the processes said meanwhile, to be looked at. */
function noteSlow(cluster: KillCluster, title: string, from: number): void {
  const said = MEMBERS.flatMap((member) =>
    cluster.processes.log(member).map((line) => ({ member, ...line })),
  );
  const lines = said
    .filter(({ at, text }) => at >= from && !NOISE.test(text))
    .toSorted((a, b) => a.at - b.at)
    .map(({ member, at, text, fields }) => {
      const { epoch = "", why = "" } = fields;
      return `${at - from} ${member} ${text} ${String(epoch)}${String(why)}`;
    });
  mkdirSync(dirname(SLOW_FILE), { recursive: true });
  appendFileSync(SLOW_FILE, `${title}\n  ${lines.join("\n  ")}\n`);
}

function factsOf(records: number, hurts: readonly Hurt[]): Facts {
  const longest = (all: readonly number[]): number => Math.max(0, ...all);
  return {
    records,
    resumedMsMax: longest(hurts.map(({ resumedMs }) => resumedMs)),
    missedMsMax: longest(hurts.flatMap(({ missedMs }) => missedMs)),
    silentMsMax: longest(hurts.flatMap(({ silentMs }) => silentMs)),
    hurts: JSON.stringify(hurts),
  };
}
