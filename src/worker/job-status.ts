/** What a job says of itself, from its parts (reads only). */
import type { JobStatus, SinkStatus, SourceStatus, StepStatus } from "../model/status.ts";
import type { Job, JobSource } from "./job.ts";
import type { OpenSink } from "./open.ts";

export function statusOf(job: Job): JobStatus {
  const { settings } = job;
  return {
    job: settings.job,
    app: settings.app,
    worker: settings.worker,
    state: job.state,
    error: job.error?.message,
    startedAt: job.startedAt,
    upMs: settings.ports.clock.now() - job.startedAt,
    metrics: job.metrics,
    epoch: job.epoch,
    sources: job.sources.map((source) => sourceStatus(job, source)),
    steps: stepStatus(job),
    sinks: job.sinks.map((sink) => sinkStatus(job, sink)),
  };
}

function sourceStatus(job: Job, source: JobSource): SourceStatus {
  const { name, spec } = job.settings.pipeline.steps[source.step]!;
  const entry = source.parts.entries.get(source.step)!;
  const { splits } = source;
  const inside = source.parts.task.isQuiet ? 0 : 1;
  return {
    name,
    kind: spec.kind === "source" ? spec.source.kind : "",
    about: spec.kind === "source" ? spec.source.about : "",
    addresses: splits.flatMap((input) => [...(input.reader.addresses ?? [])]),
    splits: splits.length,
    records: entry.records,
    bytes: splits.reduce((total, input) => total + input.bytes, 0),
    invalid: entry.invalid,
    pending: splits.reduce((total, input) => total + input.pending, inside),
    isFinished: !source.isOpenEnded && splits.every((input) => input.isDone && !input.batch),
    producers: splits.flatMap((input) => [...(input.reader.producers?.() ?? [])]),
    facts: Object.assign({}, ...splits.map((input) => input.reader.stats?.() ?? {})) as Record<
      string,
      number | string
    >,
  };
}

function stepStatus(job: Job): readonly StepStatus[] {
  return job.tasks.flatMap(({ chain }) =>
    [...chain.all()]
      .filter(({ step }) => step.name !== "")
      .map(({ step, recordsIn, recordsOut, table }) => ({
        name: step.name,
        kind: step.spec.kind,
        recordsIn: job.metrics ? recordsIn : undefined,
        recordsOut: job.metrics ? recordsOut : undefined,
        keys: table?.size,
      })),
  );
}

function sinkStatus(job: Job, { step, name, writer }: OpenSink): SinkStatus {
  const { spec } = job.settings.pipeline.steps[step]!;
  const buffer = job.tasks.map((parts) => parts.sinks.get(step)).find((one) => one !== undefined);
  return {
    name,
    kind: spec.kind === "sink" ? spec.sink.kind : "",
    about: spec.kind === "sink" ? spec.sink.about : "",
    delivery: spec.kind === "sink" ? spec.sink.delivery : "at-most-once",
    records: buffer?.records ?? 0,
    pending: buffer?.pending ?? 0,
    isBlocked: buffer?.isBlocked ?? false,
    facts: writer.stats?.() ?? {},
  };
}
