/**
 * One version of an app takes over from another, while the job runs.
 *
 * S1. All that can be refused is refused before anything of the old version is touched.
 * S2. The change happens between two records: nothing is inside, all that sinks were given is
 *     committed, and calls that are under way go to the step of the same name and kind.
 * S3. Until the new version is whole, the old one can go on, and does when something fails.
 */
import { durationText } from "../base/duration.ts";
import { externalError, userError } from "../base/errors.ts";
import { SWAP_MS } from "../model/limits.ts";
import type { PlanTask } from "../model/plan.ts";
import { shapedHeaders } from "../model/state-header.ts";
import type { Clock } from "../ports/clock.ts";
import { compareStates } from "../model/state-compare.ts";
import type { TakenOver } from "../state/memory-backend.ts";
import type { TaskParts } from "./build-task.ts";
import { closeAll } from "./close-all.ts";
import type { JobSettings, NextVersion } from "./job-settings.ts";
import type { JobSource, JobSources } from "./job-sources.ts";
import type { TaskVersion } from "./make-task.ts";
import type { OpenSink } from "./open.ts";
import type { StepLogs } from "./step-logs.ts";
import type { EndChange } from "./swap-ends.ts";
import { SinkSwap } from "./swap-sinks.ts";
import { SourceSwap } from "./swap-sources.ts";
import { carryOver, type StateResult, StateSwap } from "./swap-state.ts";

/** A version of the app that runs, or is about to. */
export interface Version {
  readonly settings: JobSettings;
  readonly sources: readonly JobSource[];
  readonly sinks: readonly OpenSink[];
  readonly tasks: readonly TaskParts[];
  readonly logs: StepLogs;
}

/** The job, as it runs. */
export interface SwapJob {
  readonly settings: JobSettings;
  readonly sources: JobSources;
  readonly sinks: readonly OpenSink[];
  readonly tasks: readonly TaskParts[];
}

/** What a swap may do with the job. */
export interface SwapHost {
  /** Calls `fn` when the job fails meanwhile; it is forgotten when the swap is over. */
  onFailure(fn: () => void): void;
  /** See `Epochs`. */
  between<R>(within: Promise<never>, isReady: () => boolean, work: () => Promise<R>): Promise<R>;
  makeTask(plan: PlanTask, version: TaskVersion): TaskParts;
  openLogs(): StepLogs;
  /** The version is whole, and runs from now on. */
  install(version: Version): void;
  fail(error: unknown): void;
}

export interface SwapResult {
  /** From the call until the new version had its first turn, and how long inputs stood still. */
  readonly ms: number;
  readonly pauseMs: number;
  readonly states: readonly StateResult[];
  readonly sources: readonly EndChange[];
  readonly sinks: readonly EndChange[];
  /** Calls that were under way and went over; and when their functions, the old ones, are done. */
  readonly calls: number;
  readonly callsDone: Promise<void>;
}

/** @throws {WallarooError} why the old version goes on */
export async function swapJob(
  job: SwapJob,
  host: SwapHost,
  next: NextVersion,
): Promise<SwapResult> {
  const { clock, log } = job.settings.ports;
  const begun = clock.monotonic();
  const settings: JobSettings = { ...job.settings, ...next };
  const swap = new Swap(job, host, settings);
  await swap.sources.openEarly().catch(async (error: unknown) => {
    await swap.sources.closeNew();
    throw error;
  });
  const old = [...job.tasks];
  const limit = deadline(swap, host);
  let pausedAt = 0;
  try {
    const result = await host.between(
      limit.promise,
      () => swap.isReady(),
      () => {
        pausedAt = clock.monotonic();
        return swap.change();
      },
    );
    const now = clock.monotonic();
    return { ...result, ms: now - begun, pauseMs: now - pausedAt };
  } catch (error) {
    await swap.sources.closeNew();
    throw error;
  } finally {
    limit.cancel();
    if (swap.isDone) {
      await swap.sources.closeOld();
      await swap.sinks.closeOld();
      // Their targets are closed, their calls gone to others or ended.
      await closeAll({ sources: { all: [] }, sinks: [], tasks: old }, log);
    }
  }
}

class Swap {
  readonly clock: Clock;
  readonly sources: SourceSwap;
  readonly sinks: SinkSwap;
  readonly #state: StateSwap;
  readonly #job: SwapJob;
  readonly #host: SwapHost;
  readonly #after: JobSettings;
  /** Whether the new version runs. */
  isDone = false;

  /** @throws {WallarooError} `does_not_fit` */
  constructor(job: SwapJob, host: SwapHost, after: JobSettings) {
    const { settings, tasks } = job;
    const headers = shapedHeaders(settings.pipeline);
    const comparison = compareStates(headers, shapedHeaders(after.pipeline));
    if (comparison.problems.length > 0) {
      throw userError("does_not_fit", comparison.problems.join("\n"));
    }
    this.#job = job;
    this.#host = host;
    this.#after = after;
    const { clock, log } = settings.ports;
    this.clock = clock;
    this.sources = new SourceSwap(job.sources, settings.pipeline, after.pipeline, log);
    this.sinks = new SinkSwap({ sinks: job.sinks, tasks, before: settings, after });
    this.#state = new StateSwap(tasks, headers, comparison, clock);
  }

  /** Calls whose step is gone have nowhere to go: they have to end. */
  isReady(): boolean {
    return this.#strandedSteps().length === 0;
  }

  /** What the change waits for. */
  waitsFor(): readonly string[] {
    const { tasks } = this.#job;
    const sinks = tasks.flatMap((parts) => [...parts.sinks.values()]);
    return [
      ...sinks
        .filter(({ pending, isBlocked }) => pending > 0 || isBlocked)
        .map(({ name }) => `sink "${name}" does not take what it was given`),
      ...this.#strandedSteps().map((name) => `step "${name}", which is gone, waits for calls`),
      ...(tasks.every(({ task }) => task.isQuiet) ? [] : ["a step has many outputs to give"]),
    ];
  }

  /** Called between two records. */
  async change(): Promise<Omit<SwapResult, "ms" | "pauseMs">> {
    const logs = this.#host.openLogs();
    let tasks: readonly TaskParts[];
    let sinks: readonly OpenSink[];
    try {
      await this.sources.openRest();
      sinks = await this.sinks.open();
      tasks = this.#makeTasks(this.#after, sinks, logs, this.#state.takeOver());
      await this.#state.fill(tasks);
    } catch (error) {
      logs[Symbol.dispose]();
      await this.#goBack();
      throw error;
    }
    const calls = callsOf(this.#job.tasks);
    const callsDone = callsDoneOf(this.#job.tasks);
    const states = this.#state.results(tasks);
    this.sinks.useEncoders();
    this.#install(this.#after, this.sources.attach(tasks), sinks, tasks, logs);
    this.isDone = true;
    const { changes } = this.sources;
    return { states, calls, callsDone, sources: changes, sinks: this.sinks.changes };
  }

  #makeTasks(
    settings: JobSettings,
    sinks: readonly OpenSink[],
    logs: StepLogs,
    taken: TakenOver,
  ): readonly TaskParts[] {
    return settings.plan.tasks.map((plan) => {
      const parts = this.#host.makeTask(plan, { settings, sinks, logs, taken });
      parts.task.control.hold();
      return parts;
    });
  }

  #install(
    settings: JobSettings,
    sources: readonly JobSource[],
    sinks: readonly OpenSink[],
    tasks: readonly TaskParts[],
    logs: StepLogs,
  ): void {
    const old = [...this.#job.tasks];
    for (const { task } of old) task.feeds.length = 0;
    this.#host.install({ settings, sources, sinks, tasks, logs });
    carryOver(old, tasks);
  }

  /** The old version goes on: as it is or, where something of it was closed, built again. */
  async #goBack(): Promise<void> {
    this.#state.giveBack();
    await this.sources.closeNew();
    await this.sinks.closeNew();
    if (!this.sources.hasClosed && !this.sinks.hasClosed) return;
    try {
      const { settings } = this.#job;
      const sources = await this.sources.reopen();
      const sinks = await this.sinks.reopen();
      const logs = this.#host.openLogs();
      const tasks = this.#makeTasks(settings, sinks, logs, this.#state.all());
      for (const source of sources) {
        const step = settings.pipeline.steps.find(({ name }) => name === source.name)!;
        source.attach(
          step.id,
          source.source,
          tasks.find(({ entries }) => entries.has(step.id))!,
        );
      }
      this.#install(settings, sources, sinks, tasks, logs);
    } catch (error) {
      this.#host.fail(error);
    }
  }

  #strandedSteps(): readonly string[] {
    const kept = new Set(
      this.#after.pipeline.steps
        .filter(({ spec }) => spec.kind === "asyncMap")
        .map(({ name }) => name),
    );
    return this.#job.tasks
      .flatMap(({ chain }) => [...chain.all()])
      .filter(({ asyncMap, step }) => asyncMap?.isOpen === true && !kept.has(step.name))
      .map(({ step }) => step.name);
  }
}

function callsOf(tasks: readonly TaskParts[]): number {
  const steps = tasks.flatMap(({ chain }) => [...chain.all()]);
  return steps.reduce((total, { asyncMap }) => total + (asyncMap?.pending ?? 0), 0);
}

async function callsDoneOf(tasks: readonly TaskParts[]): Promise<void> {
  const steps = tasks.flatMap(({ chain }) => [...chain.all()]);
  await Promise.all(steps.map(async ({ asyncMap }) => await asyncMap?.callsDone()));
}

/** Rejects when what is inside does not come out in time, or the job ends. */
function deadline(
  swap: Swap,
  host: Pick<SwapHost, "onFailure">,
): { readonly promise: Promise<never>; cancel(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const timer = swap.clock.after(SWAP_MS, () => {
    const what = swap.waitsFor().join("; ") || "it has much to do";
    const limit = durationText(SWAP_MS);
    reject(externalError("swap_late", `what is inside did not come out within ${limit}: ${what}`));
  });
  host.onFailure(() => reject(externalError("not_running", "the job ended meanwhile")));
  return { promise, cancel: () => timer.cancel() };
}
