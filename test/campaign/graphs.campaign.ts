/** Random graphs in simulated time against their sequential model, in four ways each. */
import { simulateGraph } from "../support/run-simulated.ts";
import type { Campaign } from "./runner.ts";

export const campaign: Campaign = {
  name: "graphs",
  about: "random graphs give what their model gives: both forms, calm and restless",
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
  },
};
