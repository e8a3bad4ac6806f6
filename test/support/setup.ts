/**
 * Runs before every test file. Property tests draw from one seed, so that a run on one machine says
 * the same as on another; `FC_SEED=N bun test ...` draws others, and campaigns draw many.
 */
import fc from "fast-check";

export const PROPERTY_SEED = 20_261_125;

fc.configureGlobal({ seed: Number(process.env["FC_SEED"] ?? PROPERTY_SEED) });
