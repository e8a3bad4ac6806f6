/**
 * Random graphs against their sequential model: on one worker in simulated time, in four ways each,
 * and on several workers in one process.
 */
import { simulateGraph } from "../support/run-simulated.ts";
import { spreadGraph } from "../support/run-spread.ts";
import type { Campaign } from "./runner.ts";

export const campaign: Campaign = {
  name: "graphs",
  about: "random graphs give what their model gives: both forms, calm and restless, any workers",
  seeds: 5_000,
  async run(seed) {
    for (const compiled of [true, false]) {
      for (const isRestless of [false, true]) {
        const recordsMax = seed % 10 === 0 ? 400 : 40;
        const problem = await simulateGraph({ seed, compiled, isRestless, recordsMax });
        if (problem === undefined) continue;
        throw new Error(`compiled ${compiled}, restless ${isRestless}: ${problem}`);
      }
    }
    for (const workers of [2, 3, 7]) {
      const problem = await spreadGraph(seed, workers, (seed + workers) % 2 === 0);
      if (problem !== undefined) throw new Error(problem);
    }
  },
};
