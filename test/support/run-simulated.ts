/** Runs random graphs in simulated time: the same seed gives the same run. */
import { Prng } from "../../src/base/prng.ts";
import { systemClock } from "../../src/host/system-clock.ts";
import { Driver } from "../../src/testing/driver.ts";
import { restless, RunClock } from "../../src/testing/run-clock.ts";
import { differenceOf, randomGraph } from "./random-graph.ts";
import { runPipeline, testPorts } from "./run-app.ts";

export interface SimulatedOptions {
  readonly seed: number;
  readonly compiled: boolean;
  /** Turns end at any look at the clock, and sinks are slow. */
  readonly isRestless?: boolean;
  readonly recordsMax?: number;
}

/** Builds and runs the graph of a seed; what differs from its model, or undefined. */
export async function simulateGraph(options: SimulatedOptions): Promise<string | undefined> {
  const { seed, compiled, isRestless = false } = options;
  const prng = new Prng(seed);
  const clock = new RunClock(undefined, isRestless ? restless(new Prng(seed + 1)) : undefined);
  const sleep = (ms: number): Promise<void> => new Promise((done) => clock.after(ms, done));
  const { recordsMax = 40 } = options;
  const graph = randomGraph(seed, { sleep, recordsMax });
  const pipeline = await graph.app.build({});
  const delay = () => (prng.below(2) === 0 ? sleep(prng.below(3)) : undefined);
  const run = runPipeline(pipeline, {
    compiled,
    ports: { ...testPorts(), clock, random: new Prng(seed) },
    ...(isRestless ? { delay } : {}),
  });
  const { sinks, status } = await driven(run, clock);
  const problem = status.error ?? differenceOf(graph, sinks);
  return problem === undefined ? undefined : `seed ${seed}: ${problem}\n${graph.text}`;
}

/** Moves the clock on whenever nothing else can happen, until a promise is settled. */
async function driven<T>(promise: Promise<T>, clock: RunClock): Promise<T> {
  const driver = new Driver(clock, systemClock(), { count: 0 });
  const run = { isOver: false };
  const over = () => void (run.isOver = true);
  promise.then(over, over);
  const end = clock.now() + 24 * 3_600_000;
  while (!run.isOver) {
    await driver.quiet();
    if (run.isOver) break;
    if (clock.now() > end) throw new Error("a day of simulated time was not enough");
    if (!(await driver.next())) throw new Error("nothing is left that could happen");
  }
  return await promise;
}
