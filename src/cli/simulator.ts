/** An app, ready to be run in simulated worlds. */
import { Prng } from "../base/prng.ts";
import { systemClock } from "../host/system-clock.ts";
import type { Frames } from "../testing/simulated-input.ts";
import type { SimulatedApp, SimulatedResult } from "../testing/simulated-run.ts";
import { DOORS } from "./doors.ts";

export interface SimulatorOptions {
  readonly apps: string;
  readonly set: readonly (readonly [string, string])[];
  readonly inputs: ReadonlyMap<string, Frames>;
  readonly workers: number;
  /** Fields of records that are not compared. */
  readonly ignore: readonly string[];
  readonly cwd: string;
}

export interface Simulator extends Disposable {
  /** Of the app. */
  readonly name: string;
  /** Without a seed nothing goes wrong. One run at a time: chance and time are of the process. */
  run(seed?: number): Promise<SimulatedResult>;
}

/** Loads the app. @throws {WallarooError} where it does not load, or its sources lack input */
export async function openSimulator(
  argument: string,
  options: SimulatorOptions,
): Promise<Simulator> {
  // The loader brings the bundler along, and the simulator the engine: others start without them.
  const [{ loadApp }, { FreshApp }, { withPinned }, { SimulatedRun, checkInputs }] =
    await Promise.all([
      import("../host/load-app.ts"),
      import("../host/fresh-app.ts"),
      import("../host/pinned-chance.ts"),
      import("../testing/simulated-run.ts"),
    ]);
  const { inputs, workers, ignore: ignored, apps: appsFolder, cwd } = options;
  const set = Object.fromEntries(options.set);
  const loaded = await loadApp(argument, { appsFolder, cwd, set, modules: DOORS });
  checkInputs(loaded.pipeline, inputs);
  const fresh = new FreshApp(loaded, set);
  const name = loaded.pipeline.app;
  const build = () => fresh.build();
  const app: SimulatedApp = { name, build, inputs, workers, ignored, real: systemClock() };
  return {
    name,
    async run(seed) {
      const run = new SimulatedRun(app, seed);
      const prng = new Prng((seed ?? 0) + 11);
      const pinned = { now: () => Math.floor(run.world.clock.now()), random: () => prng.next() };
      try {
        return await withPinned(pinned, () => run.run());
      } finally {
        fresh.release();
      }
    },
    [Symbol.dispose]: () => fresh.release(),
  };
}
