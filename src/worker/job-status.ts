/** What a job says of itself, from its parts (reads only). */
import type { JobState, JobStatus, SinkStatus, SourceStatus, StepStatus } from "../model/status.ts";
import { eachText, type StepSpec } from "../model/pipeline.ts";
import type { SinkEnd } from "../operators/operator.ts";
import { SinkEach } from "../operators/sink-each.ts";
import type { TaskParts } from "./build-task.ts";
import type { JobSettings } from "./job-settings.ts";
import type { JobSource, JobSources } from "./job-sources.ts";
import type { OpenSink } from "./open.ts";

/** What of a job its status is made of. */
export interface JobView {
  readonly settings: JobSettings;
  readonly state: JobState;
  readonly error: Error | undefined;
  readonly startedAt: number;
  readonly metrics: boolean;
  readonly epoch: number;
  readonly reloads?: number;
  readonly sources: JobSources;
  readonly tasks: readonly TaskParts[];
  readonly sinks: readonly OpenSink[];
}

export function statusOf(job: JobView): JobStatus {
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
    ...(settings.version === undefined ? {} : { version: settings.version }),
    reloads: job.reloads ?? 0,
    sources: job.sources.all.map(sourceStatus),
    steps: stepStatus(job),
    sinks: job.sinks.map((sink) => sinkStatus(job, sink)),
  };
}

function sourceStatus(source: JobSource): SourceStatus {
  const entry = source.parts.entries.get(source.step)!;
  const { splits, name } = source;
  const { task, chain } = source.parts;
  let inside = task.isQuiet ? 0 : 1;
  for (const { asyncMap } of chain.all()) inside += asyncMap?.pending ?? 0;
  for (const { reader } of splits) inside += reader.isHolding === true ? 1 : 0;
  return {
    name,
    kind: source.source.kind,
    about: source.source.about,
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

function stepStatus(job: JobView): readonly StepStatus[] {
  return job.tasks.flatMap(({ chain }) =>
    [...chain.all()]
      .filter(({ step }) => step.name !== "")
      .map(({ step, recordsIn, recordsOut, table, guard, asyncMap }) => ({
        name: step.name,
        kind: step.spec.kind,
        recordsIn: job.metrics ? recordsIn : undefined,
        recordsOut: job.metrics ? recordsOut : undefined,
        failed: guard?.failed ?? asyncMap?.failed ?? 0,
        keys: table?.size,
      })),
  );
}

function sinkStatus(job: JobView, { step, name, records = 0 }: OpenSink): SinkStatus {
  const { spec } = job.settings.pipeline.steps[step]!;
  const end = job.tasks.map((parts) => parts.sinks.get(step)).find((one) => one !== undefined);
  return {
    name,
    ...sinkFacts(job, spec, end),
    records: records + (end?.records ?? 0),
    pending: end?.pending ?? 0,
    isBlocked: end?.isBlocked ?? false,
    facts: end?.stats() ?? {},
  };
}

/** Of targets: the weakest that any promises, and nothing before one was opened. Where no instance
 *  of the sink is, nothing is written that would make it weaker. */
function sinkFacts(
  { state }: JobView,
  spec: StepSpec,
  end: SinkEnd | undefined,
): Pick<SinkStatus, "kind" | "about" | "delivery"> {
  if (spec.kind === "sink") {
    const { kind, about, delivery } = spec.sink;
    const many = spec.connections === 1 ? "" : `, ${spec.connections} connections`;
    return { kind, about: about + many, delivery };
  }
  const about = spec.kind === "sinkEach" ? eachText(spec) : "";
  const delivery = end instanceof SinkEach ? end.delivery : undefined;
  const unknown = end === undefined && state !== "starting" ? "exactly-once" : "at-most-once";
  return { kind: "each", about, delivery: delivery ?? unknown };
}
