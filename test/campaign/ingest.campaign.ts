/** The ingest log over power failures: each seed is a story of up to six lives. */
import { IngestStory } from "../support/ingest-story.ts";
import type { Campaign } from "./runner.ts";

export const campaign: Campaign = {
  name: "ingest",
  about: "input that was promised to be kept is read once and in order, whatever the power takes",
  seeds: 10_000,
  run: (seed) => new IngestStory(seed).run(),
};
