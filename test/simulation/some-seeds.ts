/** A few seeds, run in a process of their own, where it is noted which functions are called. */
import { test } from "bun:test";
import { runSwarm } from "./swarm.ts";

test("seeds", () => {
  for (let seed = 1; seed <= 60; seed++) runSwarm(seed);
}, 170_000);
