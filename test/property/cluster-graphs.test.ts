/** Random graphs give the same on one, two, three and seven workers, with barriers on the way. */
import { expect, test } from "bun:test";
import { spreadGraph } from "../support/run-spread.ts";

const CHUNK = 20;

test.each([0, 20, 40, 60])(
  "graphs of seeds from %d equal their model on any workers",
  async (first) => {
    for (let seed = first; seed < first + CHUNK; seed++) {
      for (const workers of [1, 2, 3, 7]) {
        const compiled = (seed + workers) % 2 === 0;
        expect((await spreadGraph(seed, workers, compiled)) ?? "").toBe("");
      }
    }
  },
);
