/**
 * One small run of three checkpoints, hurt at one point: before each of its steps (a message, an
 * answer of the store, a timer) each process is killed, loses its power, or sleeps until the others
 * have gone on without it. Between two steps nothing waits, so these are all points that differ.
 */
import { app, memory, state } from "wallaroo";
import { Prng } from "../../src/base/prng.ts";
import type { SimHost } from "../../src/testing/sim-host.ts";
import { SimCluster } from "../../src/testing/sim-cluster.ts";
import { World } from "../../src/testing/world.ts";
import { withoutReality } from "./no-reality.ts";
import { withPacedSources } from "./paced-source.ts";
import { keepDeployed } from "./keep-deployed.ts";

const RECORDS = 48;
const KEYS = 5;
/** Outputs of a record: so many that a turn ends among them. */
const OUTPUTS = 3;
const BATCH = 3;
const PAUSE_MS = 400;
/** So that each call of the store is a step of its own. */
const STORE_MS = 3;
/** Others notice silence in 3 s, and have gone on by then. */
const SLEEP_MS = 9_000;
const RESTART_MS = 500;
const FINISH_MS = 120_000;
const QUIET_MS = 10_000;

const HOSTS = ["coordinator", "w1", "w2"] as const;
const HURTS = ["kill", "power", "sleep"] as const;
/** Of one step. */
export const VARIANTS = HOSTS.length * HURTS.length;

export interface Point {
  readonly step: number;
  readonly host: (typeof HOSTS)[number];
  readonly hurt: (typeof HURTS)[number];
}

export interface PointResult {
  readonly problem: string | undefined;
  readonly steps: number;
  readonly generations: number;
  readonly virtualMs: number;
}

export function pointOf(index: number): Point {
  const variant = index % VARIANTS;
  return {
    step: Math.floor(index / VARIANTS),
    host: HOSTS[variant % HOSTS.length]!,
    hurt: HURTS[Math.floor(variant / HOSTS.length)]!,
  };
}

/** Without a point: nothing is hurt, and `steps` says how many there are. */
export function runPoint(point?: Point): PointResult {
  return withoutReality(() => new PointRun(point).run());
}

class PointRun {
  readonly #world = new World(1);
  readonly #out = memory.sink<string>();
  readonly #cluster: SimCluster;
  readonly #point: Point | undefined;
  readonly #generations = new Set<string>();
  #steps = 0;

  constructor(point: Point | undefined) {
    this.#point = point;
    const prng = new Prng(3);
    this.#cluster = new SimCluster(this.#world, {
      workers: 2,
      job: "job",
      build: () => counting(this.#out.sink).build({}),
      dress: (part, { life }) => {
        this.#generations.add(`${part.generation.leaderEpoch}.${part.generation.attempt}`);
        return withPacedSources(part, life.clock, { prng, pauseMsMax: PAUSE_MS });
      },
    });
    this.#cluster.storeTrouble = { delayMs: STORE_MS, refuse: 0, lose: 0, late: 0 };
  }

  run(): PointResult {
    const { boss, hosts } = this.#cluster;
    for (const host of [boss, ...hosts]) this.#cluster.start(host);
    keepDeployed(this.#world, this.#cluster);
    const point = this.#point;
    const isThere = (): boolean => this.#isFinished || this.#steps++ === point?.step;
    this.#world.run(FINISH_MS, isThere);
    const steps = this.#steps;
    if (point !== undefined && !this.#isFinished) this.#hurt(point);
    this.#world.run(FINISH_MS, () => this.#isFinished);
    const isFinished = this.#isFinished;
    // What a process that slept still does must not come out either.
    this.#world.run(QUIET_MS);
    const state = JSON.stringify(this.#cluster.summary ?? "there is no job");
    return {
      problem: isFinished ? wrongIn(this.#out.committed) : `the job did not finish: ${state}`,
      steps,
      generations: this.#generations.size,
      virtualMs: this.#world.clock.monotonic(),
    };
  }

  get #isFinished(): boolean {
    return this.#cluster.summary?.state === "finished";
  }

  #hurt({ host: name, hurt }: Point): void {
    const host = this.#world.findHost(name)!;
    const { clock } = this.#world;
    if (hurt === "sleep") {
      const { life } = host;
      life.clock.pause();
      clock.after(SLEEP_MS, () => life.clock.resume());
      return;
    }
    this.#cluster.kill(host, { hasPower: hurt === "kill" });
    clock.after(RESTART_MS, () => this.#restart(host));
  }

  #restart(host: SimHost): void {
    if (!host.isAlive) void this.#cluster.restart(host);
  }
}

function counting(sink: ReturnType<typeof memory.sink<string>>["sink"]) {
  const tally = state(() => ({ count: 0 }));
  const numbers = Array.from({ length: RECORDS }, (_, i) => i);
  return app("job", (flow) => {
    flow
      .source("in", memory.source(numbers, { batch: BATCH }), { on: 1 })
      .flatMap("thrice", (n) => Array.from({ length: OUTPUTS }, () => n % KEYS))
      .keyBy("key", (key) => key)
      .mapWithState("count", tally, (key, s) => `${key} ${++s.count}`)
      .sink("out", sink);
  });
}

/** Each count of each key once, and in order. */
function wrongIn(committed: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const record of committed) {
    const [key = "", count] = record.split(" ");
    const next = (counts.get(key) ?? 0) + 1;
    if (Number(count) !== next) return `key ${key} has ${count} where ${next} should come`;
    counts.set(key, next);
  }
  const total = RECORDS * OUTPUTS;
  if (committed.length === total) return undefined;
  return `${committed.length} records are committed, ${total} should be`;
}
