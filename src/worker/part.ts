/**
 * One job's part on one worker: the instances of tasks that are placed here, with their channels.
 *
 * Owns: the life of the part, from its channels to its end.
 * Does not own: when barriers come and what is committed (coordinator), bytes (hub).
 *
 * P1. Channels can be reached before anything is read.
 * P2. Nothing is committed after a failure.
 * P3. Whoever closes it does not wait for what is being opened: that is closed when it is open.
 */
import { asWallarooError, type WallarooError } from "../base/errors.ts";
import type { ChannelHub } from "../exchange/channel-hub.ts";
import type { PartSnapshot } from "../model/checkpoint.ts";
import { COMMIT_INTERVAL_MS } from "../model/limits.ts";
import { LogLevels } from "../model/log-levels.ts";
import type { JobState, JobStatus } from "../model/status.ts";
import type { SinkEnd } from "../operators/operator.ts";
import type { TaskParts } from "./build-task.ts";
import { closeAll, closedMeanwhile, closingFailed, unlessClosed } from "./close-all.ts";
import type { JobSettings } from "./job-settings.ts";
import { JobSources } from "./job-sources.ts";
import { type JobView, statusOf } from "./job-status.ts";
import { LogLimit } from "./log-limit.ts";
import { Loop } from "./loop.ts";
import type { TaskHost } from "./make-task.ts";
import { type OpenSink, openSinks } from "./open.ts";
import { PartChannels } from "./part-channels.ts";
import type { Part, PartEnd, PartSettings } from "./part-contract.ts";
import { buildPartTasks } from "./part-tasks.ts";
import type { PartTask } from "./part-task.ts";
import type { WorkerPorts } from "./ports.ts";
import { settleSinks } from "./settle-sinks.ts";
import { stagingOf } from "./staging.ts";
import { StepLogs } from "./step-logs.ts";
import type { KeepingPorts } from "./task-keeping.ts";
import { startIntervals, Timers } from "./timers.ts";

export interface PartWorld {
  readonly ports: WorkerPorts & KeepingPorts;
  readonly hub: ChannelHub;
  readonly compiled?: boolean;
  readonly logLevels?: LogLevels;
}

export class JobPart implements Part, JobView {
  readonly settings: JobSettings;
  readonly done: Promise<PartEnd>;
  readonly failed: Promise<WallarooError>;
  readonly startedAt: number;
  readonly sources: JobSources;
  readonly tasks: TaskParts[] = [];
  sinks: readonly OpenSink[] = [];
  state: JobState = "starting";
  error: WallarooError | undefined = undefined;
  readonly metrics: boolean;
  epoch = 0;
  readonly #part: PartSettings;
  readonly #world: PartWorld;
  readonly #channels: PartChannels;
  readonly #loop: Loop;
  readonly #stepLogs: StepLogs;
  readonly #host: TaskHost;
  readonly #timers: Timers;
  #instances: readonly PartTask[] = [];
  readonly #failed = Promise.withResolvers<WallarooError>();
  #resolveDone!: (end: PartEnd) => void;
  #isStopping = false;
  #isClosed = false;
  /** All that was to be said was said. */
  #isOver = false;
  #onPassed: (() => void) | undefined = undefined;

  private constructor(part: PartSettings, world: PartWorld) {
    const { ports } = world;
    const { job, app, worker, pipeline, plan, metrics, generation } = part;
    const number = generation.leaderEpoch * 2 ** 32 + generation.attempt;
    const compiled = world.compiled ?? true;
    this.settings = {
      job,
      app,
      worker,
      pipeline,
      plan,
      ports,
      metrics,
      compiled,
      generation: number,
      staging: stagingOf(part.store),
      logs: ports.logsOf?.({ job, store: part.store }),
    };
    this.#part = part;
    this.#world = world;
    this.metrics = metrics;
    this.startedAt = ports.clock.now();
    this.#loop = new Loop(ports, (error) => this.fail(error));
    const log = ports.log.child({ worker, job });
    this.#timers = new Timers(ports.clock, () => !this.#isClosed);
    const limit = new LogLimit(ports.clock, log);
    this.#stepLogs = new StepLogs(world.logLevels ?? new LogLevels(), ports.clock, log);
    const onBatch = ({ task }: TaskParts): void => this.#loop.schedule(task);
    const onFail = (error: unknown): void => this.fail(error);
    this.sources = new JobSources(this.settings, { onBatch, onFail }, limit);
    this.#host = {
      limit,
      isCounting: () => metrics,
      // When a part commits is the coordinator's to say.
      wantCommit: () => undefined,
      reject: (source, error, bytes) => this.sources.reject(source, error, bytes),
      fail: onFail,
      quiet: () => this.#quiet(),
      schedule: (task) => this.#loop.schedule(task),
    };
    this.#channels = new PartChannels(part, world.hub, (task) => this.#scheduleTask(task));
    this.done = new Promise((resolve) => {
      this.#resolveDone = resolve;
    });
    this.failed = this.#failed.promise;
  }

  /** A part whose channels can be reached, and that does not read yet. */
  static async make(settings: PartSettings, world: PartWorld): Promise<JobPart> {
    const part = new JobPart(settings, world);
    part.#channels.expect();
    await world.hub.open();
    return part;
  }

  async start(): Promise<void> {
    try {
      await settleSinks(this.#part, this.settings, this.#channels);
      const connectionsOf = (step: number): readonly number[] => this.#channels.connections(step);
      const sinks = await openSinks(this.settings, connectionsOf);
      this.sinks = await unlessClosed(sinks, () => this.#isClosed, this.#world.ports.log);
      this.#instances = await buildPartTasks({
        part: this.#part,
        version: { settings: this.settings, sinks: this.sinks, logs: this.#stepLogs },
        host: this.#host,
        channels: this.#channels,
        sources: this.sources,
        ports: this.#world.ports,
      });
      if (this.#isClosed) throw closedMeanwhile();
    } catch (error) {
      await this.#close();
      await Promise.allSettled(this.sources.all.map((source) => source.close())); // P3
      throw error;
    }
    for (const { parts } of this.#instances) this.tasks.push(parts);
    this.state = "running";
    startIntervals(this.#timers, this, this.#host);
    // Idle turns: state with a ttl expires although no record comes. A barrier gives one, too.
    let looked = this.epoch;
    this.#timers.every("wake", COMMIT_INTERVAL_MS, () => {
      if (this.epoch === looked) this.#wake();
      looked = this.epoch;
    });
    this.sources.read();
    this.#wake();
    this.#quiet();
  }

  async barrier(epoch: number, damaged: readonly string[] = []): Promise<PartSnapshot> {
    if (damaged.length > 0) for (const instance of this.#instances) instance.rewrite(damaged);
    this.epoch = Math.max(this.epoch, epoch);
    const { promise, resolve } = Promise.withResolvers<void>();
    // Before anybody gets a turn: who comes to its end in that turn passes the barrier by it.
    this.#onPassed = () => {
      if (!this.#instances.every((one) => one.hasPassed(epoch)) && !this.#isClosed) return;
      this.#onPassed = undefined;
      resolve();
    };
    for (const instance of this.#instances) instance.trigger(epoch);
    this.#wake();
    this.#onPassed?.();
    await promise;
    const parts = await Promise.all(this.#instances.map((one) => one.prepared(epoch)));
    if (this.error !== undefined) throw this.error;
    this.#note("checkpoint prepared", epoch);
    return {
      tasks: parts.flatMap(({ tasks }) => tasks),
      positions: parts.flatMap(({ positions }) => positions),
      committables: parts.flatMap(({ committables }) => committables),
      flows: parts.flatMap(({ flows = [] }) => flows),
      steps: parts.flatMap(({ steps = [] }) => steps),
    };
  }

  async commit(epoch: number): Promise<void> {
    if (this.error !== undefined) return;
    this.#note("checkpoint complete", epoch);
    for (const instance of this.#instances) await instance.commit(epoch);
    this.#note("checkpoint committed", epoch);
    for (const instance of this.#instances) await instance.acknowledge(epoch);
    this.#note("checkpoint acknowledged", epoch);
  }

  /** Whether everything that was pushed is prepared or committed. */
  get isSealed(): boolean {
    return this.#sinks().every(({ pushed, sealed }) => pushed === sealed);
  }

  /** Resolves when nothing more happens without another epoch. */
  async drain(): Promise<void> {
    await Promise.all(this.#sinks().map(async (sink) => await sink.drain?.()));
  }

  stop(): void {
    this.#isStopping = true;
    if (this.state === "running") this.state = "stopping";
    this.sources.stop().then(
      () => this.#wake(),
      (error: unknown) => this.fail(error),
    );
  }

  status(): JobStatus {
    for (const task of this.tasks) task.flushCounts();
    return statusOf(this);
  }

  async kill(): Promise<void> {
    await this.#close();
    this.#resolveDone({ state: "killed" });
  }

  /** Ends the part: nothing more is processed or committed here. */
  fail(problem: unknown): void {
    if (this.error !== undefined || this.#isClosed) return;
    const error = asWallarooError(problem);
    this.error = error;
    this.state = "failed";
    void this.#close().finally(() => {
      this.#failed.resolve(error);
      this.#resolveDone({ state: "failed", error });
    });
  }

  #note(text: string, epoch: number): void {
    const { job, worker } = this.settings;
    this.#world.ports.log.debug(text, { job, worker, epoch });
  }

  #sinks(): readonly SinkEnd[] {
    return this.tasks.flatMap(({ sinks }) => [...sinks.values()]);
  }

  #wake(): void {
    for (const { task } of this.tasks) this.#loop.schedule(task);
  }

  #scheduleTask(task: number): void {
    const instance = this.#instances.find(({ taskId }) => taskId === task);
    if (instance !== undefined) this.#loop.schedule(instance.parts.task);
  }

  /** A task has nothing to do for now. */
  #quiet(): void {
    if (this.state !== "running" && this.state !== "stopping") return;
    for (const instance of this.#instances) {
      const { task } = instance.parts;
      if (instance.quiet()) this.#loop.schedule(task);
      const isDry =
        this.sources.isDry(instance.parts) && instance.inboxes.every((inbox) => inbox.isDone);
      if (!isDry) continue;
      if (task.end()) this.#loop.schedule(task);
      instance.end(this.#onPassed === undefined ? undefined : this.epoch);
    }
    this.#onPassed?.();
    if (!this.#instances.every(({ isEnded }) => isEnded)) return;
    this.#isOver = true;
    this.state = this.#isStopping ? "stopped" : "finished";
    this.#resolveDone({ state: this.state });
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#loop.stop();
    for (const instance of this.#instances) instance.abandon();
    if (!this.#isOver) this.#world.hub.terminate();
    this.#timers.clear();
    const { ports, hub } = this.#world;
    await Promise.all([
      closeAll(this, ports.log),
      this.#isOver
        ? hub.close().catch((error: unknown) => closingFailed(ports.log, error))
        : undefined,
    ]);
    this.#stepLogs[Symbol.dispose]();
    this.#onPassed?.();
  }
}
