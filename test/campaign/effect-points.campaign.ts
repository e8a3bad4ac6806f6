/** Every effect of a small run: its author is stopped there, in each way there is. */
import { runEffects } from "../simulation/effect-points.ts";
import type { Campaign } from "./runner.ts";

const { points } = runEffects();

export const campaign: Campaign = {
  name: "effect-points",
  about: "a process stopped at any effect, before or after it, leaves each record once",
  seeds: points.length,
  run(seed) {
    const point = points[(seed - 1) % points.length]!;
    const { index, host, what, stop } = point;
    const { problem, generations } = runEffects(point);
    if (problem !== undefined) throw new Error(`${host} ${stop} ${what} (${index}): ${problem}`);
    return { index, host, what, stop, generations };
  },
};
