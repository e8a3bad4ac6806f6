/** The files of src that touch the world, by name: everything else is given ports. */
import type { Allowance } from "./bans.ts";

export const ADAPTERS: Readonly<Record<string, Allowance>> = {};
