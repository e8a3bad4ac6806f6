/**
 * One job in one process: opens sinks and sources, runs the tasks, commits each second, ends.
 *
 * Owns: the life of the job (starting, running, stopping, finished | stopped | failed).
 * Does not own: the process (host), the graph's correctness (planner).
 *
 * J1. Sinks are open before the first record is read.
 * J2. Nothing is committed after a failure; what needs no commit still leaves.
 * J3. `done` resolves once, after everything that was opened is closed.
 */
import { asWallarooError, externalError, WallarooError } from "../base/errors.ts";
import { COMMIT_INTERVAL_MS } from "../model/limits.ts";
import { LogLevels } from "../model/log-levels.ts";
import type { JobState, JobStatus } from "../model/status.ts";
import type { TaskParts } from "./build-task.ts";
import { closeAll } from "./close-all.ts";
import { LogLimit } from "./log-limit.ts";
import { Loop } from "./loop.ts";
import type { JobSettings, NextVersion } from "./job-settings.ts";
import { JobSources } from "./job-sources.ts";
import { Epochs } from "./epochs.ts";
import { handOver } from "./hand-over.ts";
import { type JobView, statusOf } from "./job-status.ts";
import { makeTask, type TaskHost } from "./make-task.ts";
import { openSinks, type OpenSink } from "./open.ts";
import { StepLogs } from "./step-logs.ts";
import { type SwapHost, swapJob, type SwapResult, type Version } from "./swap.ts";
import { startIntervals, Timers } from "./timers.ts";

export type { JobSettings };

export class Job implements JobView {
  settings: JobSettings;
  readonly done: Promise<JobStatus>;
  readonly startedAt: number;
  readonly sources: JobSources;
  readonly tasks: TaskParts[] = [];
  sinks: readonly OpenSink[] = [];
  state: JobState = "starting";
  error: WallarooError | undefined = undefined;
  metrics: boolean;
  readonly #loop: Loop;
  #stepLogs: StepLogs;
  readonly #timers: Timers;
  readonly #resolveDone: (status: JobStatus) => void;
  readonly #epochs: Epochs;
  #isEnding = false;
  #hasFailed = false;
  #isHalted = false;
  #swapping: Promise<void> | undefined = undefined;
  #onFailure: () => void = noop;
  readonly #host: TaskHost & SwapHost;
  /** How often another version took over. */
  reloads = 0;

  private constructor(settings: JobSettings) {
    const { clock } = settings.ports;
    this.settings = settings;
    this.metrics = settings.metrics;
    this.startedAt = clock.now();
    this.#loop = new Loop(settings.ports, (error) => this.#fail(error));
    const { worker, job, ports } = settings;
    const limit = new LogLimit(clock, ports.log.child({ worker, job }));
    this.#timers = new Timers(clock, () => this.#isOn);
    this.#stepLogs = this.#openLogs();
    const onFail = (error: unknown): void => this.#fail(error);
    const onBatch = ({ task }: TaskParts): void => this.#loop.schedule(task);
    this.sources = new JobSources(settings, { onBatch, onFail }, limit);
    this.#epochs = new Epochs({
      clock,
      tasks: this.tasks,
      marks: () => this.sources.marks(),
      wake: () => this.#wake(),
      hasFailed: () => this.#hasFailed,
      isHalted: () => this.#isHalted,
      fail: onFail,
    });
    const { promise, resolve } = Promise.withResolvers<JobStatus>();
    this.done = promise;
    this.#resolveDone = resolve;
    this.#host = {
      limit,
      onFailure: (fn) => void (this.#onFailure = fn),
      isCounting: () => this.metrics,
      wantCommit: () => this.#epochs.want(),
      reject: (source, error, bytes) => this.sources.reject(source, error, bytes),
      fail: onFail,
      quiet: () => this.#quiet(),
      schedule: (task) => this.#loop.schedule(task),
      between: (within, isReady, work) => this.#epochs.between(within, isReady, work),
      makeTask: (plan, version) => makeTask(plan, version, this.#host),
      openLogs: () => this.#openLogs(),
      install: (version) => this.#install(version),
    };
  }

  /** The epoch last begun. */
  get epoch(): number {
    return this.#epochs.epoch;
  }

  /** Opens everything and reads. @throws {WallarooError} when that cannot be: nothing stays open */
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
    await this.#swapping;
    if (this.#isHalted) this.#end();
    if (this.state === "running") {
      this.state = "stopping";
      await this.sources.stop().catch((error: unknown) => this.#fail(error));
      this.#wake();
    }
    await this.done;
  }

  /** Ends at once: nothing more is processed or committed. */
  async kill(): Promise<void> {
    if (this.#isHalted) this.#end();
    if (this.#isOn) {
      this.#fail(new WallarooError("killed", "the job was ended at once", { domain: "external" }));
    }
    await this.done;
  }

  /**
   * Goes over to another version of the app between two records: see `swap.ts`.
   * @throws {WallarooError} why it did not: then all goes on as it was
   */
  async swap(next: NextVersion): Promise<SwapResult> {
    if (this.#swapping !== undefined || this.#isEnding || !(this.#isHalted || this.#isOn)) {
      const text = `the job is ${this.state}: no other version can take over`;
      throw externalError("not_running", text);
    }
    const swapping = swapJob(this, this.#host, next);
    this.#swapping = swapping
      .then(() => void this.reloads++, noop)
      .finally(() => {
        this.#swapping = undefined;
        this.#onFailure = noop;
        this.#wake();
      });
    return await swapping;
  }

  async #open(): Promise<void> {
    const { settings } = this;
    const { pipeline, plan } = settings;
    this.sinks = await openSinks(settings);
    for (const taskPlan of plan.tasks) {
      const version = { settings, sinks: this.sinks, logs: this.#stepLogs };
      const parts = makeTask(taskPlan, version, this.#host);
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

  #openLogs(): StepLogs {
    const { worker, job, ports, logLevels = new LogLevels(), logLinesMax } = this.settings;
    return new StepLogs(logLevels, ports.clock, ports.log.child({ worker, job }), logLinesMax);
  }

  /** Another version is in place: nothing of the one before runs any more. */
  #install({ settings, sources, tasks, sinks, logs }: Version): void {
    this.#timers.clear();
    this.#stepLogs[Symbol.dispose]();
    this.#stepLogs = logs;
    this.settings = settings;
    this.tasks.splice(0, this.tasks.length, ...tasks);
    this.sources.all.splice(0, this.sources.all.length, ...sources);
    this.sinks = sinks;
    this.error = undefined;
    this.#isHalted = false;
    this.#begin();
  }

  get #isOn(): boolean {
    return this.state === "running" || this.state === "stopping";
  }

  #begin(): void {
    this.state = "running";
    this.#timers.every("commit", COMMIT_INTERVAL_MS, () => this.#epochs.tick());
    startIntervals(this.#timers, this, this.#host);
    this.sources.read();
    this.#wake();
  }

  #wake(): void {
    for (const { task } of this.tasks) this.#loop.schedule(task);
  }

  /** A task has nothing to do for now. */
  #quiet(): void {
    this.#epochs.quiet();
    if (this.#isEnding || !this.#isOn || this.#swapping !== undefined) return;
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
    await this.#loop.known();
    if (!this.#hasFailed) await this.#epochs.finish();
    if (this.#hasFailed) return;
    await this.#close();
    this.state = this.state === "stopping" ? "stopped" : "finished";
    this.#resolveDone(this.status());
  }

  #fail(error: unknown): void {
    if (this.#hasFailed || this.state === "finished" || this.state === "stopped") return;
    const failure = asWallarooError(error);
    // A record that fails while what is inside comes out of a halted job: the first one is told.
    if (this.#canHalt(failure)) {
      if (!this.#isHalted) this.#halt(failure);
      return;
    }
    this.error = failure;
    this.#end();
  }

  /** What a mended function makes good. A writer that threw is not to be used again. */
  #canHalt({ code }: WallarooError): boolean {
    if (code !== "user_function" && code !== "too_many_outputs") return false;
    return this.settings.onHalt !== undefined && (this.state === "running" || this.#isHalted);
  }

  /** Nothing enters any more, and all stays open for a version that mends it. */
  #halt(error: WallarooError): void {
    this.#isHalted = true;
    this.error = error;
    this.state = "failed";
    for (const { task } of this.tasks) task.control.hold();
    this.settings.onHalt?.(error);
  }

  /** Ends as failed: closes everything. */
  #end(): void {
    this.#hasFailed = true;
    this.#isHalted = false;
    this.#isEnding = true;
    this.#onFailure();
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
    this.#timers.clear();
    await handOver(this);
    await closeAll(this, this.settings.ports.log);
    this.#stepLogs[Symbol.dispose]();
    this.#loop.stop();
  }
}

const noop = (): void => undefined;
