/** The life of a job as data: where it is, what it waits for, where it may go (pure). */
import { assert } from "../base/assert.ts";
import type { Problem } from "../control/messages.ts";
import type { Manifest, PartSnapshot } from "../model/checkpoint.ts";
import type { Blame } from "./blame.ts";
import type { Generation, Placement } from "../model/placement.ts";
import { LAST_END_MAX, type Past, type WentBack } from "./job-records.ts";
import type { KnownCheckpoint } from "./lost-checkpoint.ts";
import type { FlowMap } from "./proof.ts";
import type { DamagedSavepoint } from "../model/cluster-status.ts";

/**
 * waiting: for workers, or for the time of the next attempt. fencing: the job's log is taken for
 * the new generation, and says from where it begins. preparing: workers load the app.
 * opening: they open sinks and sources. draining: input ended. finishing: the last epoch.
 * releasing: workers close all; then `outcome` is true.
 */
export type Phase =
  | "waiting"
  | "fencing"
  | "preparing"
  | "opening"
  | "running"
  | "draining"
  | "finishing"
  | "releasing"
  | "ended";

const ALLOWED: Readonly<Record<Phase, readonly Phase[]>> = {
  waiting: ["fencing", "ended"],
  fencing: ["preparing", "waiting", "releasing"],
  preparing: ["opening", "waiting", "releasing"],
  opening: ["running", "waiting", "releasing"],
  running: ["draining", "finishing", "waiting", "releasing"],
  draining: ["finishing", "releasing"],
  finishing: ["releasing", "waiting"],
  releasing: ["ended"],
  ended: [],
};

export interface Outcome {
  readonly state: "finished" | "stopped" | "failed";
  readonly error: string | undefined;
  /** The newest checkpoint whose output all sinks are known to have committed; absent in those of
   *  older engines. */
  readonly committed?: number;
  /** Of the job; absent where there were none. */
  readonly restarts?: number | undefined;
  readonly lastEnd?: string | undefined;
}

/** One epoch under way: workers report, the manifest is stored, sinks commit. */
export type Round =
  | { readonly step: "idle" }
  | {
      readonly step: "aligning" | "storing" | "committing";
      readonly epoch: number;
      readonly missing: readonly string[];
      /** Monotonic ms. */
      readonly since: number;
      /** What workers have reported so far. */
      readonly parts: readonly PartSnapshot[];
      /** Nothing in sinks waits for another epoch, as far as workers have told. */
      readonly isSealed: boolean;
      /** Who asked for it. */
      readonly askers: readonly number[];
    };

export interface JobRun {
  readonly job: string;
  readonly phase: Phase;
  readonly generation: Generation;
  /** What runs now, or ran last. */
  readonly placement: Placement | undefined;
  /** Workers of this generation that have not answered yet in this phase. */
  readonly missing: readonly string[];
  /** Those whose input is processed. */
  readonly drained: readonly string[];
  /** Grows over generations: an epoch is used once. */
  readonly epoch: number;
  readonly round: Round;
  /** Which counts of workers must add up. */
  readonly flow: FlowMap | undefined;
  /** Barriers at which they did, and records through channels that led to what this generation
   *  began from. */
  readonly proven: { readonly epochs: number; readonly before: number };
  /** The newest checkpoint: what the next generation begins from. */
  readonly base: Manifest | undefined;
  /** It cannot be read, as workers have told: an older one is to be looked for. */
  readonly suspect: { readonly epoch: number; readonly text: string } | undefined;
  /** That it went back from newer ones, which were damaged. */
  readonly wentBack: WentBack | undefined;
  /** Files that it names and that were found damaged, until one is stored that does without. */
  readonly damaged: readonly string[];
  /** Savepoints that are known to be damaged. */
  readonly damagedSavepoints: readonly DamagedSavepoint[];
  /** The newest checkpoint whose output all sinks are known to have committed; 0: none. */
  readonly committed: number;
  /** The newest checkpoint that the coordinator's own log tells of. */
  readonly known: KnownCheckpoint;
  /** The epoch behind the end of all input, once it has begun. */
  readonly finalEpoch: number | undefined;
  /** Who asked for an epoch that has not begun. */
  readonly askers: readonly number[];
  /** When this phase is over, at the latest. Monotonic ms. */
  readonly deadline: number;
  /** While waiting: no attempt before. */
  readonly notBefore: number;
  readonly phaseSince: number;
  readonly stop: "drain" | "now" | undefined;
  readonly outcome: Outcome | undefined;
  /** Attempts that failed in one way, one after the other. */
  readonly failures: { readonly place: string; readonly count: number };
  /** Who could not reach whom. */
  readonly blame: Blame | undefined;
  /** Attempts after the first. */
  readonly restarts: number;
  /** Why the last attempt ended. */
  readonly lastEnd: string | undefined;
  /** Whether these are all, also of coordinators before. */
  readonly knowsPast: boolean;
}

const NONE: KnownCheckpoint = { epoch: 0, store: "" };

export function newRun(job: string, leaderEpoch: number, now: number, known = NONE): JobRun {
  return {
    job,
    phase: "waiting",
    generation: { leaderEpoch, attempt: 0 },
    placement: undefined,
    missing: [],
    drained: [],
    epoch: 0,
    round: { step: "idle" },
    flow: undefined,
    proven: { epochs: 0, before: 0 },
    base: undefined,
    suspect: undefined,
    wentBack: undefined,
    damaged: [],
    damagedSavepoints: [],
    committed: 0,
    known,
    finalEpoch: undefined,
    askers: [],
    deadline: Infinity,
    notBefore: now,
    phaseSince: now,
    stop: undefined,
    outcome: undefined,
    failures: { place: "", count: 0 },
    blame: undefined,
    restarts: 0,
    lastEnd: undefined,
    knowsPast: false,
  };
}

/** What outlasts the coordinator; undefined where there is nothing, or it is not known. */
export function pastOf({ knowsPast, restarts, lastEnd }: JobRun, of: number): Past | undefined {
  if (!knowsPast || lastEnd === undefined) return undefined;
  return { of, restarts, lastEnd: lastEnd.slice(0, LAST_END_MAX) };
}

/** With what the job's log tells of coordinators before. */
export function withPast(run: JobRun, past: Past | undefined): JobRun {
  if (run.knowsPast) return run;
  const { restarts = 0, lastEnd } = past ?? {};
  const known = { restarts: run.restarts + restarts, lastEnd: run.lastEnd ?? lastEnd };
  return { ...run, ...known, knowsPast: true };
}

export interface Entering {
  readonly phase: Phase;
  readonly now: number;
  readonly limitMs?: number;
  readonly missing?: readonly string[];
}

export function enter(run: JobRun, { phase, now, limitMs, missing = [] }: Entering): JobRun {
  assert(ALLOWED[run.phase].includes(phase), `a job does not go from ${run.phase} to ${phase}`);
  const deadline = limitMs === undefined ? Infinity : now + limitMs;
  return { ...run, phase, missing, deadline, phaseSince: now };
}

/** The workers of the generation. */
export function workersOf({ placement }: JobRun): readonly string[] {
  return placement?.workers.map(({ name }) => name) ?? [];
}

/** Whether workers belong to it now. */
export function holdsWorkers({ phase }: JobRun): boolean {
  return phase !== "waiting" && phase !== "ended";
}

export function failed(error: string): Outcome {
  return { state: "failed", error };
}

export function problemText({ message }: Problem, worker: string): string {
  return `on worker ${worker}: ${message}`;
}
