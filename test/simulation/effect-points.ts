/**
 * One small run, stopped at one of its effects: a send, a change of a disk or of the store, a
 * prepare, a commit. Its author dies before it, or when it has happened and the author does not
 * know; sleeps at either until the others have gone on; is told no, and it happens all the same.
 */
import { externalError } from "../../src/base/errors.ts";
import type { SimHost } from "../../src/testing/sim-host.ts";
import { SimCluster } from "../../src/testing/sim-cluster.ts";
import type { EffectAnswer, HostView } from "../../src/testing/sim-views.ts";
import { World } from "../../src/testing/world.ts";
import { EffectRun } from "./effect-run.ts";
import { LogWatch } from "./log-watch.ts";
import { withoutReality } from "./no-reality.ts";
import { keepDeployed } from "./keep-deployed.ts";

/** So that each call of the store takes time before it and after it. */
const STORE_MS = 3;
/** Timers are late by so much: `soon` by a hundredth, so that records come between two slices. */
const LATE_MS = 100;
/** Others notice silence in 3 s, and have gone on by then. Who sleeps goes on, behind the shorter
 *  time, when others have just prepared. */
const SLEEP_MS = { least: 4_000, most: 9_000 };
/** No name is given in the store for so long. */
const DEAF_MS = 1_100;
const RESTART_MS = 500;
/** Before the first restart, while a new generation begins, and while it runs. */
const LATER_MS = { early: 300, late: 1_300, "very late": 4_500 } as const;
const WHENS = ["early", "late", "very late"] as const;
const FINISH_MS = 120_000;
/** A run that is stopped once is over so long after it was stopped, at most. */
const LIVE_MS = 40_000;
const QUIET_MS = 10_000;

export type Stop =
  | "dies before"
  | "dies after"
  | "loses power after"
  | "sleeps before"
  | "sleeps after"
  | "hears no"
  | "hears no for a time"
  | `${"hears no" | "dies" | "hears no while a worker dies"}, and it comes ${When}`;

type When = keyof typeof LATER_MS;

/** Where a run is stopped. */
export interface EffectPoint {
  /** From 0, in the order of the run that nothing stops. */
  readonly index: number;
  readonly host: string;
  readonly what: string;
  readonly stop: Stop;
}

export interface EffectResult {
  readonly problem: string | undefined;
  /** All that there are to stop it at, when nothing did. */
  readonly points: readonly EffectPoint[];
  readonly generations: number;
  readonly checkpoints: number;
}

/** Without a point nothing is stopped. `seed`: of what takes how long. */
export function runEffects(point?: EffectPoint, seed = 1): EffectResult {
  return withoutReality(() => new StoppedRun(point, seed).run());
}

/** What can be done to the author of an effect. */
function stopsOf(what: string): readonly Stop[] {
  const stops: Stop[] = ["dies before", "dies after"];
  if (what === "send") return stops;
  stops.push("sleeps before", "sleeps after");
  if (what.startsWith("disk ")) stops.push("loses power after");
  if (!givesName(what)) return stops;
  stops.push("hears no", "hears no for a time");
  for (const when of WHENS) {
    for (const how of ["hears no", "dies", "hears no while a worker dies"] as const) {
      stops.push(`${how}, and it comes ${when}`);
    }
  }
  return stops;
}

/** Whether content gets its name in the store: what comes early, late or not at all. */
function givesName(what: string): boolean {
  return what.startsWith("store link ") || what.startsWith("store rename ");
}

class StoppedRun {
  readonly #world: World;
  readonly #cluster: SimCluster;
  readonly #run: EffectRun;
  readonly #logs: LogWatch;
  readonly #point: EffectPoint | undefined;
  readonly #points: EffectPoint[] = [];
  readonly #generations = new Set<string>();
  readonly #epochs = new Set<number>();
  #index = 0;
  #stoppedMs: number | undefined;
  /** The effect has begun, and its author is stopped when it has happened. */
  #isArmed = false;
  #deafUntilMs = 0;
  /** Who sleeps, since when. */
  #asleep: { readonly host: SimHost; readonly since: number } | undefined;
  #problem: string | undefined;

  constructor(point: EffectPoint | undefined, seed: number) {
    this.#point = point;
    this.#world = new World(seed, { lateMsMax: LATE_MS });
    this.#run = new EffectRun(this.#world, seed);
    this.#world.effects = {
      before: (host, what) => this.#before(host, what),
      after: (host, what) => this.#after(host, what),
    };
    this.#cluster = new SimCluster(this.#world, {
      workers: 2,
      job: "job",
      storeSeed: seed,
      pace: { sliceEntries: 1, smallEntries: 0 },
      build: () => this.#run.build(),
      dress: (part, host) => {
        this.#generations.add(`${part.generation.leaderEpoch}.${part.generation.attempt}`);
        return this.#run.dress(part, host);
      },
    });
    this.#logs = new LogWatch(this.#world, this.#cluster.storeDisk);
    this.#cluster.storeTrouble = { delayMs: STORE_MS, refuse: 0, lose: 0, late: 0 };
  }

  run(): EffectResult {
    const { boss, hosts } = this.#cluster;
    for (const host of [boss, ...hosts]) this.#cluster.start(host);
    keepDeployed(this.#world, this.#cluster);
    this.#world.run(FINISH_MS, () => this.#isOver);
    const { summary } = this.#cluster;
    const isFinished = summary?.state === "finished";
    // What a process that slept still does must not come out either.
    this.#world.run(QUIET_MS);
    // Who slept may prepare when the others have settled what was left.
    const isDecided = this.#point?.stop.startsWith("sleeps") !== true;
    const wrong = this.#run.wrong({ isAll: isFinished, isDecided }) ?? this.#logs.problem;
    if (this.#point !== undefined && (this.#stoppedMs === undefined || this.#isArmed)) {
      this.#problem ??= "it was not stopped";
    }
    const state = JSON.stringify(summary ?? "there is no job");
    return {
      problem:
        this.#problem ?? wrong ?? (isFinished ? undefined : `the job did not finish: ${state}`),
      points: this.#points,
      generations: this.#generations.size,
      checkpoints: this.#epochs.size,
    };
  }

  /** Looked at between steps. */
  get #isOver(): boolean {
    const { summary } = this.#cluster;
    if (summary?.checkpoint !== undefined) this.#epochs.add(summary.checkpoint.epoch);
    const since = this.#world.clock.monotonic() - (this.#stoppedMs ?? Number.POSITIVE_INFINITY);
    return summary?.state === "finished" || since > LIVE_MS;
  }

  #before(host: HostView, what: string): EffectAnswer | undefined {
    const index = this.#index++;
    const point = this.#point;
    if (point === undefined) {
      const { name } = host;
      for (const stop of stopsOf(what)) this.#points.push({ index, host: name, what, stop });
      return undefined;
    }
    if (index !== point.index) {
      const isDeaf = this.#world.clock.monotonic() < this.#deafUntilMs && givesName(what);
      return isDeaf ? { error: noAnswer(), happensInMs: undefined } : undefined;
    }
    if (host.name !== point.host || what !== point.what) {
      this.#problem = `effect ${index} is ${what} of ${host.name}: the run is another one`;
    }
    this.#stoppedMs = this.#world.clock.monotonic();
    return this.#stop(host, point.stop);
  }

  #stop(host: HostView, stop: Stop): EffectAnswer | undefined {
    switch (stop) {
      case "dies before":
        this.#kill(host, true);
        return undefined;
      case "sleeps before":
        this.#sleep(host);
        return undefined;
      case "hears no":
        return { error: noAnswer(), happensInMs: 0 };
      case "hears no for a time":
        this.#deafUntilMs = this.#stoppedMs! + 2 * DEAF_MS;
        return { error: noAnswer(), happensInMs: undefined };
      case "dies after":
      case "loses power after":
      case "sleeps after":
        this.#isArmed = true;
        return undefined;
      default: {
        if (stop.startsWith("dies")) this.#kill(host, true);
        if (stop.includes("while a worker dies")) {
          this.#deafUntilMs = this.#stoppedMs! + DEAF_MS;
          this.#kill(
            this.#cluster.hosts.findLast(({ name }) => name !== host.name)!,
            true,
          );
        }
        const when = WHENS.find((one) => stop.endsWith(`it comes ${one}`))!;
        return { error: noAnswer(), happensInMs: LATER_MS[when] };
      }
    }
  }

  #after({ name }: HostView, what: string): void {
    if (what === "sink prepare" && name !== this.#asleep?.host.name) this.#wake();
    const point = this.#point;
    if (!this.#isArmed || name !== point?.host || what !== point.what) return;
    this.#isArmed = false;
    const host = this.#world.findHost(name)!;
    if (point.stop === "dies after") this.#kill(host, true);
    if (point.stop === "loses power after") this.#kill(host, false);
    if (point.stop === "sleeps after") this.#sleep(host);
  }

  #sleep({ name }: HostView): void {
    const host = this.#world.findHost(name)!;
    const { clock } = host.life;
    clock.pause();
    this.#asleep = { host, since: this.#world.clock.monotonic() };
    this.#world.clock.after(SLEEP_MS.most, () => clock.resume());
  }

  /** Others have prepared, and did not commit yet. */
  #wake(): void {
    if (this.#asleep === undefined) return;
    const { host, since } = this.#asleep;
    if (this.#world.clock.monotonic() - since < SLEEP_MS.least) return;
    this.#asleep = undefined;
    host.life.clock.resume();
  }

  #kill({ name }: HostView, hasPower: boolean): void {
    const host = this.#world.findHost(name)!;
    this.#cluster.kill(host, { hasPower });
    this.#world.clock.after(RESTART_MS, () => this.#restart(host));
  }

  #restart(host: SimHost): void {
    if (!host.isAlive) void this.#cluster.restart(host);
  }
}

function noAnswer(): Error {
  return externalError("disk", "the store does not answer");
}
