/** Simulated clusters with troubles of all kinds, as in test/simulation, for many more seeds. */
import { runSwarm } from "../simulation/swarm.ts";
import type { Campaign } from "./runner.ts";

export const campaign: Campaign = {
  name: "cluster",
  about: "whatever breaks in a cluster, nothing wrong is committed, and well again, it finishes",
  seeds: 20_000,
  run(seed) {
    // WALLAROO_EVENTS=1 shows all that happens, to look at one seed.
    const isShown = process.env["WALLAROO_EVENTS"] === "1";
    const onEvent = (text: string): void => console.log(text);
    const result = runSwarm(seed, isShown ? { onEvent } : {});
    if (result.problem !== undefined) throw new Error(result.problem);
    const { trace, events, virtualMs, faults } = result;
    const count = Object.values(faults).reduce((sum, each) => sum + each, 0);
    return { trace, events, virtualMs, faults: count };
  },
};
