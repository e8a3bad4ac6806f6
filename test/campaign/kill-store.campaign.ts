/**
 * The store is a real PostgreSQL server that is killed with all of its processes, twice in each gap
 * of a checkpoint: alone, and together with whoever stands there. 10 seeds are 20 kills in each.
 * Figures: `bun test/campaign/kill/figures.ts .wallaroo/campaigns/kill-store.json`.
 */
import { Prng } from "../../src/base/prng.ts";
import { storePlanOf } from "./kill/plan.ts";
import { PostgresServer } from "./kill/postgres-server.ts";
import { runRounds } from "./kill/run-rounds.ts";
import type { Campaign } from "./runner.ts";

const RATE = 3_000;
const KEYS = 600;

export const campaign: Campaign = {
  name: "kill-store",
  about: "the database that keeps checkpoints is killed, and each record comes out once",
  seeds: 10,
  async run(seed) {
    await using store = await PostgresServer.make();
    const load = { seed: new Prng(seed).u32(), rate: RATE, keys: KEYS, preload: 0 };
    return await runRounds(storePlanOf(seed), load, store);
  },
};
