/** 1,000,000 records of which a hundredth is poison, in both forms; one seed is one run. */
import { runPoison } from "../support/poison.ts";
import type { Campaign } from "./runner.ts";

export const campaign: Campaign = {
  name: "poison",
  about: "1 % poison in 1,000,000 records: exactly those are diverted, everything else is exact",
  seeds: 2,
  async run(seed) {
    const { problems, poison } = await runPoison(1_000_000, { compiled: seed % 2 === 1 });
    if (problems.length > 0) throw new Error(problems.join("\n"));
    return { poison };
  },
};
