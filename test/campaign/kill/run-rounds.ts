/** One seed of a campaign: a cluster, its rounds, the verdict, the figures. */
import type { Facts } from "../runner.ts";
import { KillCluster } from "./cluster.ts";
import { killBinary } from "./kill-binary.ts";
import type { LedgerSettings } from "./ledger.ts";
import { type Round, roundText } from "./plan.ts";
import { carryOut, type Hurt } from "./rounds.ts";

export async function runRounds(rounds: readonly Round[], load: LedgerSettings): Promise<Facts> {
  await using cluster = await KillCluster.start(await killBinary(), load);
  const hurts: (Hurt & { readonly round: string })[] = [];
  try {
    for (const [i, round] of rounds.entries()) {
      const text = roundText(round);
      try {
        hurts.push({ round: text, ...(await carryOut(round, cluster)) });
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
