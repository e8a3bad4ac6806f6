/** The mutants of the simulation, one a seed: each must be found, and by what is kept. */
import { join } from "node:path";
import { findMutant, MUTANTS } from "../simulation/mutants.ts";
import type { Campaign } from "./runner.ts";

const SEEDS = 3_000;
const SECONDS = 240;

export const campaign: Campaign = {
  name: "mutants",
  about: "each protection that is taken out of the engine is missed by the simulation",
  seeds: MUTANTS.length,
  async run(number) {
    const mutant = MUTANTS[(number - 1) % MUTANTS.length]!;
    const { name, by = "seeds", covered } = mutant;
    const options = { from: by === "points" ? 0 : 1, seeds: SEEDS, seconds: SECONDS };
    const found = await findMutant(join(import.meta.dir, "../.."), mutant, options);
    const { seed, problem = "", ran, where = "" } = found;
    if (seed === undefined && covered === undefined) {
      throw new Error(`${name}: not found in ${ran} ${by}`);
    }
    if (seed !== undefined && covered !== undefined) {
      throw new Error(`${name}: it is said to be covered, and was found: ${where} ${problem}`);
    }
    const what = seed === undefined ? `covered: ${covered}` : `${where} ${problem.slice(0, 90)}`;
    console.log(`${name} | ${seed ?? "none"} in ${ran} ${by} | ${what}`);
    return { mutant: name, ran, found: seed ?? "none", by, what };
  },
};
