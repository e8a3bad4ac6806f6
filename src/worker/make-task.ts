/** A task of the plan within its job: what it is given, and whom it tells. */
import type { PlanTask } from "../model/plan.ts";
import type { TakenOver } from "../state/memory-backend.ts";
import { buildTask, type TaskOptions, type TaskParts } from "./build-task.ts";
import type { JobSettings } from "./job-settings.ts";
import type { LogLimit } from "./log-limit.ts";
import { type OpenSink, openTarget } from "./open.ts";
import type { StepLogs } from "./step-logs.ts";
import type { Task } from "./task.ts";

/** The job that a task is part of. */
export interface TaskHost {
  readonly limit: LogLimit;
  readonly isCounting: () => boolean;
  readonly wantCommit: () => void;
  readonly reject: (source: string, error: unknown, bytes: Uint8Array) => void;
  readonly fail: (error: unknown) => void;
  readonly quiet: () => void;
  readonly schedule: (task: Task) => void;
}

/** Of which version of the app it is. */
export interface TaskVersion {
  readonly settings: JobSettings;
  readonly sinks: readonly OpenSink[];
  readonly logs: StepLogs;
  /** State of another version that goes on in this one. */
  readonly taken?: TakenOver;
}

/** What of a task leads to others and comes from them; nothing where the graph is not cut. */
export type TaskEdges = Pick<TaskOptions, "cuts" | "makeExits">;

export function makeTask(
  plan: PlanTask,
  version: TaskVersion,
  host: TaskHost,
  edges: TaskEdges = {},
): TaskParts {
  const { settings, sinks, logs, taken } = version;
  const { clock, random } = settings.ports;
  const parts = buildTask({
    ...edges,
    pipeline: settings.pipeline,
    plan,
    job: settings.job,
    clock,
    random,
    taken,
    connections: new Map(sinks.map((sink) => [sink.step, sink.connections])),
    openTarget: (step, target) => openTarget(settings, step, target),
    onWantCommit: host.wantCommit,
    isCompiled: settings.compiled ?? true,
    isCounting: host.isCounting(),
    log: (step, key) => logs.open(step, key),
    onInvalid: host.reject,
    onFailure: (step, message) => {
      const text = `step "${step}": a record failed and was let go: ${message}`;
      host.limit.warn(`step ${step}`, text, { step });
    },
    onFail: host.fail,
    onQuiet: host.quiet,
  });
  parts.task.control.onCredit = () => host.schedule(parts.task);
  return parts;
}
