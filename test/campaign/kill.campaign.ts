/**
 * Kill -9 of real processes under load. A seed is a cluster of the compiled binary of which every
 * subset is killed once, and one process in each gap of a checkpoint; it is killed while it
 * recovers, and stopped for longer than silence may last. Then every record is in the output once,
 * in order, out of the right state. 20 seeds are 20 kills of each subset and in each gap.
 * Figures of what has run: `bun test/campaign/kill/figures.ts`.
 */
import { Prng } from "../../src/base/prng.ts";
import { planOf } from "./kill/plan.ts";
import { runRounds } from "./kill/run-rounds.ts";
import type { Campaign } from "./runner.ts";

const RATE = 3_000;
const KEYS = 600;

export const campaign: Campaign = {
  name: "kill",
  about: "processes are killed at every moment of a checkpoint, and each record comes out once",
  seeds: 20,
  run: (seed) => {
    const load = { seed: new Prng(seed).u32(), rate: RATE, keys: KEYS, preload: 0 };
    return runRounds(planOf(seed), load);
  },
};
