/** An app, ready to be run in simulated worlds, and asked why it differs. */
import { Prng } from "../base/prng.ts";
import { systemClock } from "../host/system-clock.ts";
import type { Frames } from "../testing/simulated-input.ts";
import type { SimulatedApp, SimulatedResult } from "../testing/simulated-run.ts";
import { DOORS } from "./doors.ts";
import { likelyWhy } from "./likely-why.ts";

/** What a clock is set on by, to see whether that matters: no round number of anything. */
const OTHER_TIME_MS = 987_654_321;

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
  /** Names of its sources. */
  readonly sources: readonly string[];
  /** Without a seed nothing goes wrong. One run at a time: chance and time are of the process. */
  run(seed?: number): Promise<SimulatedResult>;
  /** Why seeds differ from this run without faults, as far as more of those tell. */
  why(reference: SimulatedResult): Promise<string>;
}

/** Loads the app. @throws {WallarooError} where it does not load, or its sources lack input */
export async function openSimulator(
  argument: string,
  options: SimulatorOptions,
): Promise<Simulator> {
  // The loader brings the bundler along, and the simulator the engine: others start without them.
  const [
    { loadApp },
    { FreshApp, GlobalNames },
    { withPinned },
    { SimulatedRun },
    { checkInputs },
  ] = await Promise.all([
    import("../host/load-app.ts"),
    import("../host/fresh-app.ts"),
    import("../host/pinned-chance.ts"),
    import("../testing/simulated-run.ts"),
    import("../testing/simulated-input.ts"),
  ]);
  const { inputs, workers, ignore: ignored, apps: appsFolder, cwd } = options;
  const set = Object.fromEntries(options.set);
  const globals = new GlobalNames();
  const loaded = await loadApp(argument, { appsFolder, cwd, set, modules: DOORS });
  checkInputs(loaded.pipeline, inputs);
  const fresh = new FreshApp(loaded, set, globals);
  const name = loaded.pipeline.app;
  const build = () => fresh.build();
  const app: SimulatedApp = { name, build, inputs, workers, ignored, real: systemClock() };
  const asked = new Set<string>();

  /** `other`: what gives other values than it would. */
  async function run(seed?: number, other?: string): Promise<SimulatedResult> {
    const simulated = new SimulatedRun(app, seed);
    const { clock } = simulated.world;
    const prng = new Prng((seed ?? 0) + 11);
    const otherPrng = new Prng(7);
    const ms = (called: string): number => {
      asked.add(called);
      return called === other ? OTHER_TIME_MS : 0;
    };
    const pinned = {
      now: (called: string) => Math.floor(clock.now()) + ms(called),
      monotonic: (called: string) => clock.monotonic() + ms(called),
      random: (called: string) => {
        asked.add(called);
        return (called === other ? otherPrng : prng).next();
      },
    };
    try {
      return await withPinned(pinned, () => simulated.run());
    } finally {
      fresh.release();
    }
  }

  const { steps } = loaded.pipeline;
  return {
    name,
    sources: steps.filter(({ spec }) => spec.kind === "source").map((step) => step.name),
    run: (seed) => run(seed),
    async why(reference) {
      const differs = async (other?: string): Promise<boolean> => {
        const { problem, output } = await run(undefined, other);
        return (problem ?? output.differenceFrom(reference.output)) !== undefined;
      };
      const names = [...asked];
      if (await differs()) return likelyWhy({ asked: names, deciding: [], isSteady: false });
      const deciding: string[] = [];
      for (const one of names) if (await differs(one)) deciding.push(one);
      return likelyWhy({ asked: names, deciding, isSteady: true });
    },
    [Symbol.dispose]: () => fresh.release(),
  };
}
