/** Links over a network that breaks in every way, a seed each. */
import { nothingSeen, runLinkSeed } from "../support/link-seed.ts";
import type { Campaign } from "./runner.ts";

export const campaign: Campaign = {
  name: "links",
  about: "channels between two workers deliver 1, 2, 3 ... over connections that break anyhow",
  seeds: 20_000,
  run: (seed) => runLinkSeed(seed, nothingSeen()),
};
