/** What a coordinator shows of jobs and workers (pure). */
import { generationText } from "../control/messages.ts";
import { sizesOf } from "../model/checkpoint-files.ts";
import type { JobSummary, WorkerSummary } from "../model/cluster-status.ts";
import type { JobState } from "../model/status.ts";
import { shortagesOf } from "../planner/shortages.ts";
import type { Store } from "../ports/store.ts";
import { type JobRun, type Outcome, workersOf, holdsWorkers } from "./job-run.ts";
import type { JobSpec } from "./job-spec.ts";
import type { Member } from "./members.ts";
import { lateRound } from "./rounds.ts";

export interface JobView {
  readonly spec: JobSpec;
  /** Undefined for one that ended before this coordinator began. */
  readonly run: JobRun | undefined;
  readonly outcome: Outcome | undefined;
  /** Where its checkpoints are, and what is lost with what. */
  readonly store: Pick<Store, "url" | "durability">;
  /** Why it waits, where that is known. */
  readonly waitsFor: string | undefined;
  /** Monotonic ms. */
  readonly now: number;
}

export function jobSummary({ spec, run, outcome, store, waitsFor, now }: JobView): JobSummary {
  const { job, lineage, app, createdAt } = spec;
  const isWaiting = run?.phase === "waiting" && outcome === undefined;
  return {
    job,
    lineage,
    app,
    state: outcome?.state ?? stateOf(run),
    phase: outcome?.state ?? (isWaiting ? (waitsFor ?? "waiting") : (run?.phase ?? "ended")),
    generation: run === undefined ? "" : generationText(run.generation),
    workers: run !== undefined && holdsWorkers(run) ? workersOf(run) : [],
    restarts: run?.restarts ?? outcome?.restarts ?? 0,
    lastEnd: run === undefined ? outcome?.lastEnd : run.lastEnd,
    error: outcome?.error ?? run?.outcome?.error,
    epoch: run?.epoch ?? 0,
    createdAt,
    checkpoint: checkpointOf(run),
    late: run === undefined || outcome !== undefined ? undefined : lateRound(run, now),
    short: run?.placement && shortagesOf(spec.graph.wishes, run.placement),
    damaged: run?.damaged ?? [],
    damagedSavepoints: run?.damagedSavepoints ?? [],
    ...(run?.wentBack === undefined ? {} : { wentBack: run.wentBack }),
    durability: `checkpoints in ${store.url}: ${store.durability}`,
  };
}

function checkpointOf(run: JobRun | undefined): JobSummary["checkpoint"] {
  const base = run?.base;
  if (base === undefined) return undefined;
  const { epoch, at, tookMs, proof } = base;
  return { epoch, at, tookMs, proof, ...sizesOf(base) };
}

function stateOf(run: JobRun | undefined): JobState {
  switch (run?.phase) {
    case undefined:
    case "waiting":
    case "fencing":
    case "preparing":
    case "opening":
      return "starting";
    case "running":
    case "finishing":
      return run?.stop === undefined ? "running" : "stopping";
    case "draining":
    case "releasing":
      return "stopping";
    default:
      return run?.outcome?.state ?? "stopped";
  }
}

export function workerSummary(
  { introduction, since, heardAt, rss, isStuck }: Member,
  job: string | undefined,
  now: number,
): WorkerSummary {
  const { name, host, data, engine } = introduction;
  return {
    name,
    host,
    data,
    engine: engine.version,
    job,
    isStuck,
    upMs: now - since,
    silentMs: now - heardAt,
    memoryBytes: rss,
  };
}
