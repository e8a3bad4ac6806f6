/** Every point of a small run of three checkpoints: each process dies or sleeps at each of them. */
import { pointOf, runPoint, VARIANTS } from "../simulation/crash-points.ts";
import type { Campaign } from "./runner.ts";

export const campaign: Campaign = {
  name: "crash-points",
  about: "wherever a process dies or sleeps, each record is committed once, in order",
  seeds: runPoint().steps * VARIANTS,
  run(seed) {
    const { step, host, hurt } = pointOf(seed - 1);
    const { problem, generations, virtualMs } = runPoint({ step, host, hurt });
    if (problem !== undefined) throw new Error(`${hurt} of ${host} at step ${step}: ${problem}`);
    return { step, host, hurt, generations, virtualMs };
  },
};
