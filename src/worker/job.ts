/**
 * One job in one process: opens sinks and sources, runs the tasks, commits each second, ends.
 *
 * Owns: the life of the job (starting, running, stopping, finished | stopped | failed).
 * Does not own: the process (host), the graph's correctness (planner).
 *
 * J1. Sinks are open before the first record is read.
 * J2. Nothing is committed after a failure.
 * J3. `done` resolves once, after everything that was opened is closed.
 */
import { messageOf, WallarooError } from "../base/errors.ts";
import { COMMIT_INTERVAL_MS, DISCOVER_INTERVAL_MS } from "../model/limits.ts";
import { LogLevels } from "../model/log-levels.ts";
import type { JobState, JobStatus } from "../model/status.ts";
import type { Timer } from "../ports/clock.ts";
import type { OpenWriter } from "../operators/operator.ts";
import { buildTask, type TaskParts } from "./build-task.ts";
import { LogLimit } from "./log-limit.ts";
import { Loop } from "./loop.ts";
import type { JobSettings } from "./job-settings.ts";
import { JobSources } from "./job-sources.ts";
import { Epochs } from "./epochs.ts";
import { openSinks, type OpenSink, openTarget } from "./open.ts";
import { type JobView, statusOf } from "./job-status.ts";
import { StepLogs } from "./step-logs.ts";

export type { JobSettings };

export class Job implements JobView {
  readonly settings: JobSettings;
  readonly done: Promise<JobStatus>;
  readonly startedAt: number;
  readonly sources: JobSources;
  readonly tasks: TaskParts[] = [];
  sinks: readonly OpenSink[] = [];
  state: JobState = "starting";
  error: WallarooError | undefined = undefined;
  metrics: boolean;
  readonly #loop: Loop;
  readonly #limit: LogLimit;
  readonly #stepLogs: StepLogs;
  readonly #timers = new Map<string, Timer>();
  #resolveDone!: (status: JobStatus) => void;
  readonly #epochs: Epochs;
  #isEnding = false;

  private constructor(settings: JobSettings) {
    const { clock } = settings.ports;
    this.settings = settings;
    this.metrics = settings.metrics;
    this.startedAt = clock.now();
    this.#loop = new Loop(clock, (error) => this.#fail(error));
    const log = settings.ports.log.child({ worker: settings.worker, job: settings.job });
    this.#limit = new LogLimit(clock, log);
    this.#stepLogs = new StepLogs(settings.logLevels ?? new LogLevels(), clock, log);
    const onBatch = ({ task }: TaskParts): void => this.#loop.schedule(task);
    const onFail = (error: unknown): void => this.#fail(error);
    this.sources = new JobSources(settings, { onBatch, onFail }, this.#limit);
    this.#epochs = new Epochs({
      clock,
      tasks: this.tasks,
      marks: () => this.sources.marks(),
      wake: () => this.#wake(),
      hasFailed: () => this.error !== undefined,
      fail: onFail,
    });
    this.done = new Promise((resolve) => {
      this.#resolveDone = resolve;
    });
  }

  /** The epoch last begun. */
  get epoch(): number {
    return this.#epochs.epoch;
  }

  /** Opens everything and begins to read. @throws {WallarooError} when something cannot be opened;
   *  what was opened before is closed again. */
  static async start(settings: JobSettings): Promise<Job> {
    const job = new Job(settings);
    try {
      await job.#open();
    } catch (error) {
      await job.#close();
      throw error;
    }
    job.#begin();
    return job;
  }

  status(): JobStatus {
    for (const task of this.tasks) task.flushCounts();
    return statusOf(this);
  }

  /** Counts records per step, or not. Takes effect between two turns. */
  setMetrics(on: boolean): void {
    if (on === this.metrics) return;
    this.metrics = on;
    for (const parts of this.tasks) {
      parts.setCounting(on);
      this.sources.rewire(parts);
    }
  }

  /** Input stops; what is inside is processed; sinks commit. Resolves when the job has ended. */
  async stop(): Promise<void> {
    if (this.state === "running") {
      this.state = "stopping";
      await this.sources.stop().catch((error: unknown) => this.#fail(error));
      this.#wake();
    }
    await this.done;
  }

  /** Ends at once: nothing more is processed or committed. */
  async kill(): Promise<void> {
    if (this.state === "running" || this.state === "stopping") {
      this.#fail(new WallarooError("killed", "the job was ended at once", { domain: "external" }));
    }
    await this.done;
  }

  async #open(): Promise<void> {
    const { settings } = this;
    const { pipeline, plan, ports } = settings;
    this.sinks = await openSinks(settings);
    const connections = new Map(this.sinks.map((sink) => [sink.step, sink.connections]));
    for (const taskPlan of plan.tasks) {
      const parts = buildTask({
        pipeline,
        plan: taskPlan,
        job: settings.job,
        clock: ports.clock,
        random: ports.random,
        connections,
        openTarget: (step, target) => openTarget(settings, step, target),
        onWantCommit: () => this.#epochs.want(),
        isCompiled: settings.compiled ?? true,
        isCounting: settings.metrics,
        log: (step, key) => this.#stepLogs.open(step, key),
        onInvalid: (source, error, bytes) => this.sources.reject(source, error, bytes),
        onFailure: (step, message) => {
          const text = `step "${step}": a record failed and was let go: ${message}`;
          this.#limit.warn(`step ${step}`, text, { step });
        },
        onFail: (error) => this.#fail(error),
        onQuiet: () => this.#quiet(),
      });
      parts.task.control.onCredit = () => this.#loop.schedule(parts.task);
      this.tasks.push(parts);
      for (const id of taskPlan.sources) {
        const { name, spec } = pipeline.steps[id]!;
        if (spec.kind !== "source") continue;
        const source = await this.sources.open(name, spec.source);
        this.sources.all.push(source);
        source.attach(id, spec.source, parts);
      }
    }
  }

  #begin(): void {
    this.state = "running";
    this.#every("commit", COMMIT_INTERVAL_MS, () => this.#epochs.tick());
    for (const source of this.sources.all) {
      if (!source.isOpenEnded) continue;
      this.#every(`discover ${source.step}`, DISCOVER_INTERVAL_MS, () => {
        this.sources.discover(source).catch((error: unknown) => this.#fail(error));
      });
    }
    for (const parts of this.tasks) {
      for (const { step, aggregate } of parts.chain.all()) {
        if (step.spec.kind !== "aggregate" || typeof step.spec.emit !== "object") continue;
        this.#every(`emit ${step.id}`, step.spec.emit.everyMs, () => {
          aggregate?.fire(this.settings.ports.clock.now());
          this.#loop.schedule(parts.task);
        });
      }
    }
    this.sources.read();
    this.#wake();
  }

  #every(name: string, intervalMs: number, fn: () => void): void {
    const { clock } = this.settings.ports;
    const again = (): void => {
      this.#timers.set(name, clock.after(intervalMs, fire));
    };
    const fire = (): void => {
      if (this.state !== "running" && this.state !== "stopping") return;
      again();
      fn();
    };
    again();
  }

  #wake(): void {
    for (const { task } of this.tasks) this.#loop.schedule(task);
  }

  /** A task has nothing to do for now. */
  #quiet(): void {
    this.#epochs.quiet();
    if (this.#isEnding || (this.state !== "running" && this.state !== "stopping")) return;
    for (const parts of this.tasks) {
      if (!this.sources.isDry(parts)) return;
      // Once: a task that waits for calls is given a turn when they have answered.
      if (parts.task.end()) this.#loop.schedule(parts.task);
    }
    if (!this.tasks.every(({ task }) => task.isEnded)) return;
    this.#isEnding = true;
    this.#finish().catch((error: unknown) => this.#fail(error));
  }

  async #finish(): Promise<void> {
    await this.#epochs.finish();
    if (this.error !== undefined) return;
    await this.#close();
    this.state = this.state === "stopping" ? "stopped" : "finished";
    this.#resolveDone(this.status());
  }

  #fail(error: unknown): void {
    if (this.error !== undefined || this.state === "finished" || this.state === "stopped") return;
    this.error =
      error instanceof WallarooError
        ? error
        : new WallarooError("internal", messageOf(error), { domain: "internal", cause: error });
    this.#isEnding = true;
    this.#loop.stop();
    this.#close()
      .catch((late: unknown) => {
        this.settings.ports.log.warn("closing after a failure failed", { error: late });
      })
      .finally(() => {
        this.state = "failed";
        this.#resolveDone(this.status());
      });
  }

  async #close(): Promise<void> {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    const closing = [
      ...this.sources.close(),
      ...this.sinks.flatMap((sink) => sink.connections.map(closeWriter)),
      ...this.tasks.flatMap(({ sinks }) =>
        [...sinks.values()].map(async (sink) => await sink.closeTargets?.()),
      ),
    ];
    for (const { chain } of this.tasks) for (const { asyncMap } of chain.all()) asyncMap?.dispose();
    const results = await Promise.allSettled(closing);
    for (const result of results) {
      if (result.status !== "rejected") continue;
      this.settings.ports.log.warn("closing failed", { error: result.reason as unknown });
    }
    this.#stepLogs[Symbol.dispose]();
    this.#loop.stop();
  }
}

async function closeWriter({ writer }: OpenWriter): Promise<void> {
  await writer[Symbol.asyncDispose]();
}
