/** The campaign `kill` in small: a cluster is killed in part and as a whole, and nothing shows. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { KillCluster } from "../campaign/kill/cluster.ts";
import { COORDINATOR, killed, MEMBERS, WORKERS } from "../campaign/kill/plan.ts";
import { carryOut } from "../campaign/kill/rounds.ts";
import { binary } from "../support/binary.ts";

setDefaultTimeout(120_000);
beforeAll(binary, 60_000);

test("a worker, the coordinator, everything is killed: each record comes out once", async () => {
  const load = { seed: 1, rate: 1_000, keys: 300, preload: 0 };
  await using cluster = await KillCluster.start(await binary(), load);
  for (const round of [
    killed([WORKERS[1]], { isAway: true }),
    killed([COORDINATOR]),
    killed(MEMBERS),
  ]) {
    await carryOut(round, cluster);
    cluster.check();
  }
  const records = await cluster.drain();
  expect(records).toBeGreaterThan(1_000);
});

test("the binary that is shipped cannot be told to stop within a checkpoint", async () => {
  const isIn = (text: string): boolean => readFileSync(path).includes(text);
  const path = await binary();
  expect([isIn("checkpoint prepared"), isIn("PAUSE_FOLDER")]).toEqual([true, false]);
});
