/** The records of the log of a cluster, and the check of what was read (pure). */
import { states } from "../control/checkpoint-shapes.ts";
import { NAME_PATTERN } from "../control/message-shapes.ts";
import {
  atLeast,
  bool,
  count,
  finite,
  list,
  maybe,
  one,
  type Shape,
  table,
  text,
} from "../control/shape.ts";
import {
  CHECKPOINT_INTERVAL_MS_MAX,
  CHECKPOINT_INTERVAL_MS_MIN,
  EARLIER_JOBS_MAX,
  STEPS_MAX,
  WORKERS_MAX,
} from "../model/limits.ts";
import type { Outcome } from "./job-run.ts";
import type { JobSpec } from "./job-spec.ts";

export type LedgerRecord =
  | { readonly type: "fence"; readonly leaderEpoch: number }
  | { readonly type: "worker_named"; readonly worker: string }
  | { readonly type: "job_created"; readonly spec: JobSpec }
  | { readonly type: "job_stopping"; readonly job: string }
  /** A checkpoint is in the store. */
  | { readonly type: "job_kept"; readonly job: string; readonly epoch: number }
  | {
      readonly type: "job_ended";
      readonly job: string;
      readonly outcome: Outcome;
      /** The newest checkpoint; absent where there is none that this coordinator knows of. */
      readonly epoch?: number | undefined;
    };

const name = text(63, NAME_PATTERN);
const long = text(1024 * 1024);
const ids = list(count(STEPS_MAX), STEPS_MAX);

const plan = atLeast({
  app: name,
  graphHash: text(64),
  workers: count(WORKERS_MAX, 1),
  keyGroups: count(65_536, 1),
  tasks: list(atLeast({ id: count(STEPS_MAX), steps: ids, sources: ids, sinks: ids }), STEPS_MAX),
  exchanges: list(
    atLeast({ from: count(STEPS_MAX), to: count(STEPS_MAX), partitioner: text(100) }),
    10 * STEPS_MAX,
  ),
});

const flowStep = atLeast({
  name: long,
  inputs: list(
    atLeast({ from: count(STEPS_MAX), count: maybe(one("out", "diverted")) }),
    STEPS_MAX,
  ),
});

const outside = atLeast({
  sources: list(atLeast({ name: long, canGoBack: bool }), STEPS_MAX),
  sinks: list(atLeast({ name: long, delivery: maybe(text(100)), commits: bool }), STEPS_MAX),
});

const SHAPES: Readonly<Record<LedgerRecord["type"], Shape>> = {
  fence: atLeast({ leaderEpoch: count(0xffff_ffff, 1) }),
  worker_named: atLeast({ worker: name }),
  job_created: atLeast({
    spec: atLeast({
      job: name,
      lineage: text(200, /^[a-z0-9_-]+$/),
      app: name,
      file: long,
      bundle: text(64, /^[0-9a-f]{64}$/),
      set: table(long, 1_000),
      workers: maybe(count(WORKERS_MAX, 1)),
      checkpointIntervalMs: maybe(count(CHECKPOINT_INTERVAL_MS_MAX, CHECKPOINT_INTERVAL_MS_MIN)),
      createdAt: finite,
      earlier: maybe(
        list(
          atLeast({
            lineage: text(200, /^[a-z0-9_-]+$/),
            epoch: count(),
            newest: maybe(count()),
          }),
          EARLIER_JOBS_MAX,
        ),
      ),
      graph: atLeast({
        graphHash: text(64),
        lines: list(long, STEPS_MAX),
        whole: plan,
        cut: plan,
        states,
        flow: maybe(list(flowStep, STEPS_MAX)),
        outside: maybe(outside),
        wishes: atLeast({
          sources: list(
            atLeast({ step: count(STEPS_MAX), name: long, isBound: maybe(bool) }),
            STEPS_MAX,
          ),
          sinks: list(
            atLeast({ step: count(STEPS_MAX), name: long, connections: maybe(count()) }),
            STEPS_MAX,
          ),
        }),
      }),
    }),
  }),
  job_stopping: atLeast({ job: name }),
  job_kept: atLeast({ job: name, epoch: count() }),
  job_ended: atLeast({
    job: name,
    epoch: maybe(count()),
    outcome: atLeast({
      state: one("finished", "stopped", "failed"),
      error: maybe(long),
      committed: maybe(count()),
      restarts: maybe(count()),
      lastEnd: maybe(long),
    }),
  }),
};

export function isRecord(value: unknown): value is LedgerRecord {
  return recordProblem(value) === "";
}

/** What is wrong with a value that should be a record; empty when nothing is. */
export function recordProblem(value: unknown): string {
  const type =
    typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
  const shape = typeof type === "string" && Object.hasOwn(SHAPES, type) ? type : undefined;
  if (shape === undefined) return `there is no record ${String(type).slice(0, 100)}`;
  return SHAPES[shape as LedgerRecord["type"]](value, shape) ?? "";
}
