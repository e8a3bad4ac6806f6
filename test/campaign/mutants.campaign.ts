/** The mutants of the simulation, one a seed: each must be found, and by which seed is kept. */
import { join } from "node:path";
import { findMutant, MUTANTS } from "../simulation/mutants.ts";
import type { Campaign } from "./runner.ts";

const SEEDS = 3_000;
const SECONDS = 240;

export const campaign: Campaign = {
  name: "mutants",
  about: "each protection that is taken out of the engine is missed by some seed of the simulation",
  seeds: MUTANTS.length,
  async run(number) {
    const mutant = MUTANTS[(number - 1) % MUTANTS.length]!;
    const options = { from: 1, seeds: SEEDS, seconds: SECONDS };
    const found = await findMutant(join(import.meta.dir, "../.."), mutant, options);
    const { seed, problem = "", ran } = found;
    if (seed === undefined) throw new Error(`${mutant.name}: not found in ${ran} seeds`);
    console.log(`${mutant.name} | seed ${seed} | ${problem.slice(0, 90)}`);
    return { mutant: mutant.name, seed, problem };
  },
};
