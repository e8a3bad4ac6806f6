/** One status of a job out of those of its workers (pure). */
import type { ClusterJobStatus, JobSummary } from "../model/cluster-status.ts";
import { weaker } from "../model/sink.ts";
import type { JobStatus, SinkStatus, SourceStatus, StepStatus } from "../model/status.ts";

export interface MergeFrame {
  readonly cluster: JobSummary;
  /** ms since the epoch. */
  readonly now: number;
  readonly metrics: boolean;
}

/** Sums over workers; sources, steps and sinks in the order of the first that has them. */
export function mergeStatus(
  parts: readonly JobStatus[],
  { cluster, now, metrics }: MergeFrame,
): ClusterJobStatus {
  const startedAt = Math.min(now, ...parts.map((part) => part.startedAt));
  return {
    job: cluster.job,
    app: cluster.app,
    worker: cluster.workers.join(","),
    state: cluster.state,
    error: cluster.error,
    startedAt,
    upMs: now - startedAt,
    metrics: parts[0]?.metrics ?? metrics,
    epoch: cluster.epoch,
    sources: mergeBy(
      parts.flatMap(({ sources }) => sources),
      mergeSources,
    ),
    steps: mergeBy(
      parts.flatMap(({ steps }) => steps),
      mergeSteps,
    ),
    sinks: mergeBy(
      parts.flatMap(({ sinks }) => sinks),
      mergeSinks,
    ),
    cluster,
  };
}

function mergeBy<T extends { readonly name: string }>(
  all: readonly T[],
  merge: (a: T, b: T) => T,
): readonly T[] {
  const byName = new Map<string, T>();
  for (const each of all) {
    const before = byName.get(each.name);
    byName.set(each.name, before === undefined ? each : merge(before, each));
  }
  return [...byName.values()];
}

function mergeSources(a: SourceStatus, b: SourceStatus): SourceStatus {
  return {
    ...a,
    addresses: [...a.addresses, ...b.addresses],
    splits: a.splits + b.splits,
    records: a.records + b.records,
    bytes: a.bytes + b.bytes,
    invalid: a.invalid + b.invalid,
    pending: a.pending + b.pending,
    isFinished: a.isFinished && b.isFinished,
    producers: [...a.producers, ...b.producers],
    facts: mergeFacts(a.facts, b.facts),
  };
}

function mergeSteps(a: StepStatus, b: StepStatus): StepStatus {
  return {
    ...a,
    recordsIn: sum(a.recordsIn, b.recordsIn),
    recordsOut: sum(a.recordsOut, b.recordsOut),
    failed: a.failed + b.failed,
    keys: sum(a.keys, b.keys),
  };
}

function mergeSinks(a: SinkStatus, b: SinkStatus): SinkStatus {
  return {
    ...a,
    delivery: weaker(a.delivery, b.delivery),
    records: a.records + b.records,
    pending: a.pending + b.pending,
    isBlocked: a.isBlocked || b.isBlocked,
    facts: mergeFacts(a.facts, b.facts),
  };
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : a + (b ?? 0);
}

type Facts = Readonly<Record<string, number | string>>;

/** Numbers are summed; texts that differ are listed. */
function mergeFacts(a: Facts, b: Facts): Facts {
  const merged: Record<string, number | string> = { ...a };
  for (const [name, value] of Object.entries(b)) {
    const before = merged[name];
    if (before === undefined) merged[name] = value;
    else if (typeof before === "number" && typeof value === "number") merged[name] = before + value;
    else if (before !== value) merged[name] = `${before}, ${value}`;
  }
  return merged;
}
