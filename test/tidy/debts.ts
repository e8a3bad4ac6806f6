/** What is not yet as it should be, as numbers and names that may only become fewer. */
import type { Allowance } from "./bans.ts";

/** Files of src that hold code and have no mirror in test/unit. */
export const UNTESTED_MAX = 176;

const CONSTRAINT = {
  uses: ["any"],
  why: "`any` in a constraint, which unknown cannot replace; never in a result",
};

/** Files that need what is banned everywhere, or in tests, by name, with the reason. */
export const ALLOWANCES: Readonly<Record<string, Allowance>> = {
  "src/api/aggregate.ts": CONSTRAINT,
  "src/api/connect.ts": CONSTRAINT,
  "src/api/state.ts": CONSTRAINT,
  "src/api/step-options.ts": CONSTRAINT,
  "src/api/stream.ts": CONSTRAINT,
  "test/unit/host/pinned-chance.test.ts": {
    uses: ["Date", "random", "performance"],
    why: "looks at what it is given in their place",
  },
};
