/**
 * One run of a user's app on a simulated cluster: without faults on one worker, for what is to
 * come out, or under faults on several, by a seed.
 *
 * Owns: the world, the app's inputs and outputs there, when it is over.
 * Does not own: loading the app, which happens in real time while simulated time stands still.
 */
import { Prng } from "../base/prng.ts";
import type { FlowProof } from "../model/checkpoint.ts";
import type { Pipeline, Step } from "../model/pipeline.ts";
import type { Source } from "../model/source.ts";
import type { Clock } from "../ports/clock.ts";
import type { PartSettings } from "../worker/part-contract.ts";
import { type FaultName, type FaultPlan, Faults } from "./faults.ts";
import {
  END_TEXT,
  type Frames,
  type InputProgress,
  inputSource,
  type Made,
  pacedSource,
} from "./simulated-input.ts";
import { sinkOrders } from "./sink-order.ts";
import { SimulatedOutput } from "./simulated-output.ts";
import { SimCluster } from "./sim-cluster.ts";
import { type Calls, watchedStep } from "./watch-calls.ts";
import { World } from "./world.ts";

/** What may happen to a cluster that its app must not notice. */
const FAULT_NAMES = [
  "kill",
  "power",
  "killBoss",
  "pause",
  "jump",
  "cut",
  "partition",
  "isolate",
  "reset",
  "sever",
  "delay",
] as const satisfies readonly FaultName[];

/** Batches that an input comes in, about. */
const BATCHES = 40;
const BATCH_MAX = 512;
/** When all is well, a job is to finish within this much simulated time. */
const FINISH_MS = 3_600_000;
/** How long a call of `asyncMap` may take, in real time. */
const PATIENCE_MS = 5_000;
/** Records that a source may make itself without faults: seeds take as long. */
const MADE_MAX = 200_000;
/** How long a run may take, in real time. */
const RUN_MS = 120_000;
const TOO_MUCH = `a source makes more than the ${MADE_MAX} records that a run may have`;
const TOO_LONG =
  `the run took more than ${RUN_MS / 1_000} s: a source without an end, or files that are too ` +
  "large; give sources an end, and files of some thousand records";

/** An app to simulate. */
export interface SimulatedApp {
  readonly name: string;
  /** Evaluates its modules anew, as a process does that starts. */
  readonly build: () => Promise<Pipeline>;
  /** By source, in the order in which they come. */
  readonly inputs: ReadonlyMap<string, Frames>;
  /** Of a run under faults. */
  readonly workers: number;
  /** Fields of records that are not compared. */
  readonly ignored: readonly string[];
  /** For calls that answer in real time. */
  readonly real: Clock;
}

/** What a run came to. */
export interface SimulatedResult {
  readonly output: SimulatedOutput;
  /** Why it did not come to its end. */
  readonly problem: string | undefined;
  /** That is: its time was over, and nothing had failed. */
  readonly isLate: boolean;
  readonly faults: Partial<Record<FaultName, number>>;
  readonly virtualMs: number;
  /** What each step took and gave, of a run without faults that came to its end; else empty. */
  readonly steps: NonNullable<FlowProof["steps"]>;
}

export class SimulatedRun {
  readonly world: World;
  readonly #app: SimulatedApp;
  readonly #prng: Prng;
  readonly #seed: number | undefined;
  readonly #cluster: SimCluster;
  readonly #faults: Faults | undefined;
  readonly #faultsMs: number;
  readonly #calls: Calls = { count: 0 };
  readonly #builds: PromiseWithResolvers<Pipeline>[] = [];
  /** By the name of a source that makes its records. */
  readonly #made = new Map<string, Made>();
  /** By the name of the job in the store: one whose deployment was lost begins anew. */
  readonly #jobs = new Map<string, { output: SimulatedOutput; inputs: InputProgress[] }>();
  /** Monotonic, real. */
  readonly #deadline: number;
  #isDeploying = false;
  #isFinished = false;
  #problem: string | undefined;
  #isLate = false;

  /** Without a seed nothing goes wrong. */
  constructor(app: SimulatedApp, seed?: number) {
    const prng = new Prng(seed ?? 0);
    this.#app = app;
    this.#deadline = app.real.monotonic() + RUN_MS;
    this.#seed = seed;
    this.#prng = prng;
    const latencyMs = seed === undefined ? 0.2 : prng.pick([0.2, 5, 60]);
    const lateMsMax = seed === undefined ? 0 : prng.pick([0, 1, 20]);
    this.world = new World(seed ?? 0, { lateMsMax, way: { latencyMs, jitterMs: latencyMs } });
    this.#cluster = new SimCluster(this.world, {
      workers: seed === undefined ? 1 : app.workers,
      job: app.name,
      metrics: seed === undefined,
      ...(seed === undefined ? {} : { storeSeed: seed }),
      build: () => {
        const build = Promise.withResolvers<Pipeline>();
        this.#builds.push(build);
        return build.promise.then(withoutBonds);
      },
      dress: (part) => this.#dress(part),
    });
    this.#faultsMs = seed === undefined ? 0 : 1_000 + prng.below(9_000);
    if (seed === undefined) return;
    this.#faults = new Faults(this.#cluster, new Prng(seed + 7), drawn(prng));
  }

  async run(): Promise<SimulatedResult> {
    const { boss, hosts } = this.#cluster;
    for (const host of [boss, ...hosts]) this.#cluster.start(host);
    this.#deploy();
    this.#faults?.start();
    await this.#pass(this.#faultsMs);
    this.#faults?.stop();
    await this.#pass(FINISH_MS);
    if (!this.#isFinished && this.#problem === undefined) {
      const { summary } = this.#cluster;
      const state = summary === undefined ? "there is no job" : `it is ${summary.phase}`;
      this.#late(`the job did not finish in ${FINISH_MS / 60_000} simulated minutes: ${state}`);
    }
    return {
      output: [...this.#jobs.values()].at(-1)?.output ?? new SimulatedOutput(this.#app.ignored),
      problem: this.#problem,
      isLate: this.#isLate,
      faults: this.#faults?.counts ?? {},
      virtualMs: this.world.clock.monotonic(),
      steps: this.#cluster.summary?.checkpoint?.proof?.steps ?? [],
    };
  }

  /** Lets time pass until the run is over; it stands still while the app is loaded or calls out. */
  async #pass(ms: number): Promise<void> {
    const { clock } = this.world;
    const end = clock.monotonic() + ms;
    const { real } = this.#app;
    const isOver = (): boolean => {
      if (this.#isFinished || this.#problem !== undefined) return true;
      if (real.monotonic() > this.#deadline) this.#late(TOO_LONG);
      // Under faults records are made again.
      else if (this.#seed === undefined && this.#makesTooMuch()) this.#late(TOO_MUCH);
      return this.#isFinished || this.#problem !== undefined;
    };
    const isOutside = (): boolean => this.#builds.length > 0 || this.#calls.count > 0;
    while (!isOver() && (clock.monotonic() < end || isOutside())) {
      this.world.run(Math.max(0, end - clock.monotonic()), () => isOver() || isOutside());
      for (const { resolve, reject } of this.#builds.splice(0)) {
        await this.#app.build().then(resolve, reject);
      }
      await this.#answers();
    }
  }

  async #answers(): Promise<void> {
    const { real } = this.#app;
    const since = real.monotonic();
    while (this.#calls.count > 0) {
      await new Promise<void>((resolve) => void real.after(1, resolve));
      if (real.monotonic() - since < PATIENCE_MS) continue;
      this.#late(`a call of asyncMap did not answer within ${PATIENCE_MS / 1_000} s`);
      return;
    }
  }

  #makesTooMuch(): boolean {
    for (const { records } of this.#made.values()) if (records > MADE_MAX) return true;
    return false;
  }

  /** Its time is over. */
  #late(problem: string): void {
    const open = [...this.#made].filter(([, { isEnded }]) => !isEnded);
    const sources = open.map(([name, { about, records }]) => {
      return `; source "${name}" (${about}) made ${records} records and has not ended: ${END_TEXT}`;
    });
    this.#problem = problem + sources.join("");
    this.#isLate = true;
  }

  /** Somebody wants the job to run, and looks after it. */
  #deploy(): void {
    this.world.clock.after(100, () => this.#deploy());
    const { summary, coordinator } = this.#cluster;
    if (summary?.state === "finished") this.#isFinished = true;
    if (this.#isDeploying || this.#isFinished || coordinator === undefined) return;
    if (summary?.state === "failed") {
      // Begun anew it might come through, and hide that a restart was too much for the app.
      this.#problem = `the job failed: ${summary.error ?? "for no reason that is known"}`;
    }
    if (summary !== undefined || coordinator.coordinator.view.workers().length === 0) return;
    this.#isDeploying = true;
    const over = (): void => void (this.#isDeploying = false);
    this.#cluster.deploy().then(over, (error: unknown) => {
      over();
      if (this.#seed === undefined) this.#problem = String(error);
    });
    this.world.clock.after(5_000, over); // Its coordinator may die with it.
  }

  /** The part with the files as its sources, and sinks whose output is kept here. */
  #dress(part: PartSettings): PartSettings {
    const { output, inputs } = this.#job(part.store.prefix);
    const names = [...this.#app.inputs.keys()];
    const orders = sinkOrders(part.pipeline, isOneSplit);
    const steps = part.pipeline.steps.map((step): Step => {
      const { spec, name } = watchedStep(step, this.#calls);
      if (spec.kind === "source") {
        const at = names.indexOf(name);
        const input = inputs[at];
        const source =
          input === undefined
            ? pacedSource(spec.source, this.#madeBy(name, spec.source), this.#prng)
            : inputSource(spec.source, input, inputs[at - 1], this.#pace(input));
        return { ...step, spec: { ...spec, source } };
      }
      const order = orders.get(step.id);
      if (spec.kind === "sink") return { ...step, spec: { ...spec, ...output.sink(name, order) } };
      if (spec.kind !== "sinkEach") return { ...step, spec };
      const make = (target: string) => output.sink(`${name}, target ${target}`, order).sink;
      return { ...step, spec: { ...spec, make } };
    });
    return { ...part, pipeline: { ...part.pipeline, steps } };
  }

  #madeBy(name: string, { about }: Source<unknown>): Made {
    const made = this.#made.get(name) ?? { about, records: 0, isEnded: false };
    this.#made.set(name, made);
    return made;
  }

  #job(prefix: string) {
    const known = this.#jobs.get(prefix);
    if (known !== undefined) return known;
    const inputs = [...this.#app.inputs.values()].map((frames) => ({ frames, durable: 0 }));
    const made = { output: new SimulatedOutput(this.#app.ignored), inputs };
    this.#jobs.set(prefix, made);
    return made;
  }

  /** All inputs together take about as long as there are faults. */
  #pace({ frames }: InputProgress) {
    const batch = Math.min(BATCH_MAX, Math.max(1, Math.ceil(frames.starts.length / BATCHES)));
    const batches = Math.ceil(frames.starts.length / batch) * this.#app.inputs.size;
    return { batch, pauseMsMax: (2 * this.#faultsMs) / Math.max(1, batches), prng: this.#prng };
  }
}

/** The graph with sources that any worker reads: the files that take their place are nobody's. */
function withoutBonds(pipeline: Pipeline): Pipeline {
  const steps = pipeline.steps.map((step): Step => {
    if (step.spec.kind !== "source") return step;
    const { isBoundToWorker: _, ...source } = step.spec.source;
    return { ...step, spec: { ...step.spec, source } };
  });
  return { ...pipeline, steps };
}

/** Files are, and so are generators; of others it is not known. */
function isOneSplit({ decode, kind }: Source<unknown>): boolean {
  return decode !== undefined || kind === "generator";
}

function drawn(prng: Prng): FaultPlan {
  const names = FAULT_NAMES.filter(() => prng.below(2) === 0);
  return {
    // A seed in which nothing is killed would see no restart.
    names: names.includes("kill") ? names : [...names, "kill"],
    everyMs: prng.pick([150, 600, 2_000]),
    lastsMsMax: prng.pick([300, 2_500]),
    reach: "all",
  };
}
