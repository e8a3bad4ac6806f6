/** Hundreds of small clusters, each with troubles of its own. More: `npm run campaign cluster`. */
import { expect, test } from "bun:test";
import { runSwarm, type SwarmResult } from "./swarm.ts";

const CHUNK = 50;
const FIRST = 1;
const SEEDS = 500;
const TIMEOUT_MS = 120_000;

const total: Record<string, number> = {};

test.each(Array.from({ length: SEEDS / CHUNK }, (_, i) => FIRST + i * CHUNK))(
  "nothing wrong comes out of seeds from %d, and all that should finish does",
  (first) => {
    for (let seed = first; seed < first + CHUNK; seed++) add(checked(seed));
  },
  TIMEOUT_MS,
);

/** A suite in which something never happened proves nothing of it. */
test("what is interesting happened", () => {
  const never = Object.keys(INTERESTING).filter((name) => (total[name] ?? 0) === 0);
  expect(never).toEqual([]);
});

test.each([7, 18, 40, 65])(
  "seed %d gives the same events, at the same times",
  (seed) => {
    const [a, b] = [runSwarm(seed), runSwarm(seed)];
    expect([b.trace, b.events, b.virtualMs]).toEqual([a.trace, a.events, a.virtualMs]);
    expect(runSwarm(seed + 1).trace).not.toBe(a.trace);
  },
  TIMEOUT_MS,
);

/** By name of the count, as people would say it. */
const INTERESTING = {
  finished: "a job finished",
  restarts: "a job was begun anew",
  continued: "a job that had committed something went on in another generation",
  takenBack: "records that sinks were given came again",
  calledAgain: "a call that was under way at a checkpoint was made again when it was restored",
  ruledOn: "a broadcast state was restored, and then a rule changed it",
  replaced: "a result at an interval was replaced, in a job that was begun anew",
  resumed: "a link was made again in the middle of its channels",
  retransmitted: "frames were sent again",
  stalled: "a batch waited for credit",
  larger: "a frame was larger than the whole window",
  behindBarrier: "records waited behind a barrier, their channel blocked",
  inHandshake: "a connection broke in its handshake",
  oldGeneration: "a link of an old generation was refused",
  notYet: "a link came before its generation was there",
  garbage: "a damaged frame was refused",
  bossRestarts: "a coordinator died",
  storeRefused: "the store refused",
  storeLost: "the store did something, and nobody was told",
  storeLate: "the store did something that was given up long before",
  "fault cut": "one direction was cut",
  "fault partition": "two hosts were cut off from each other",
  "fault isolate": "a host was cut off from all",
  "fault reset": "a connection was reset",
  "fault sever": "a connection was half open",
  "fault delay": "a way was slow to answer",
  "fault slow": "a way was narrow",
  "fault lateOrders": "orders came late, and links broke",
  "fault flip": "a bit was wrong",
  "fault pause": "a host stood still",
  "fault jump": "a clock jumped",
  "fault kill": "a process was killed",
  "fault power": "a host lost power",
  "fault diskFull": "a disk was full",
  "fault store": "the store was in trouble",
  "fault storeFull": "the store was full",
} as const;

function checked(seed: number): SwarmResult {
  let problem: string | undefined;
  try {
    const result = runSwarm(seed);
    if (result.problem === undefined) return result;
    problem = result.problem;
  } catch (error) {
    problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  throw new Error(
    `seed ${seed}: ${problem}\nreplay: npm run campaign cluster -- --from ${seed} --seeds 1`,
  );
}

function add({ seen, faults }: SwarmResult): void {
  const named = Object.entries(faults).map(([name, count]) => [`fault ${name}`, count] as const);
  for (const [name, count] of [...Object.entries(seen), ...named]) {
    total[name] = (total[name] ?? 0) + count;
  }
}
