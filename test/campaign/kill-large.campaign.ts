/**
 * Kill -9 with a million keys: how long it takes until the cluster goes on, when the state has to
 * be read back. Every record is in the output once, as in the campaign `kill`.
 * Figures: `bun test/campaign/kill/figures.ts .wallaroo/campaigns/kill-large.json`.
 */
import { Prng } from "../../src/base/prng.ts";
import { killed, MEMBERS, WORKERS } from "./kill/plan.ts";
import { runRounds } from "./kill/run-rounds.ts";
import type { Campaign } from "./runner.ts";

const KEYS = 1_000_000;
const RATE = 5_000;

export const campaign: Campaign = {
  name: "kill-large",
  about: "a cluster with a million keys goes on soon, whoever is killed",
  seeds: 3,
  run: (seed) => {
    const load = { seed: new Prng(seed).u32(), rate: RATE, keys: KEYS, preload: KEYS };
    const [first, second] = WORKERS;
    const rounds = [killed([first]), killed(["c"]), killed([second], { isAway: true })];
    return runRounds([...rounds, killed(WORKERS), killed(MEMBERS)], load);
  },
};
