/** What is not yet as it should be, as numbers and names that may only become fewer. */
import type { Allowance } from "./bans.ts";

/** Files of src that hold code and have no mirror in test/unit. */
export const UNTESTED_MAX = 0;

/** Tests that need what tests may not use, by name, with the reason. */
export const TEST_ALLOWANCES: Readonly<Record<string, Allowance>> = {};
