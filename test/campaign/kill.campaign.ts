/**
 * Kill -9 of real processes under load. A seed is a cluster of the compiled binary of which every
 * subset is killed once, and one process in each gap of a checkpoint; it is killed while it
 * recovers, and stopped for longer than silence may last. Then every record is in the output once,
 * in order, out of the right state. 20 seeds are 20 kills of each subset and in each gap.
 * Figures of what has run: `bun test/campaign/kill/figures.ts`.
 */
import { Prng } from "../../src/base/prng.ts";
import { killBinary } from "./kill/kill-binary.ts";
import { KillCluster } from "./kill/cluster.ts";
import { planOf, roundText } from "./kill/plan.ts";
import { carryOut, type Hurt } from "./kill/rounds.ts";
import type { Campaign, Facts } from "./runner.ts";

const RATE = 3_000;
const KEYS = 600;

export const campaign: Campaign = {
  name: "kill",
  about: "processes are killed at every moment of a checkpoint, and each record comes out once",
  seeds: 20,
  async run(seed) {
    const load = { seed: new Prng(seed).u32(), rate: RATE, keys: KEYS, preload: 0 };
    await using cluster = await KillCluster.start(await killBinary(), load);
    const hurts: (Hurt & { readonly round: string })[] = [];
    try {
      for (const [i, round] of planOf(seed).entries()) {
        const text = roundText(round);
        try {
          hurts.push({ round: text, ...(await carryOut(round, cluster)) });
          cluster.check();
        } catch (error) {
          throw new Error(`round ${i + 1}, ${text}: ${String(error)}`, { cause: error });
        }
      }
      const records = await cluster.drain();
      return factsOf(records, hurts);
    } catch (error) {
      cluster.isKept = true;
      throw error;
    }
  },
};

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
