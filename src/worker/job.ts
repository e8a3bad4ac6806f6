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
import { hex } from "../base/plain.ts";
import { commitEpoch, type Mark, type Preparing } from "../io/commits.ts";
import { SplitInput } from "../io/split-input.ts";
import { COMMIT_INTERVAL_MS, DISCOVER_INTERVAL_MS, LOG_INTERVAL_MS } from "../model/limits.ts";
import type { Pipeline } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import type { JobState, JobStatus } from "../model/status.ts";
import type { Timer } from "../ports/clock.ts";
import { buildTask, type TaskParts } from "./build-task.ts";
import { Loop } from "./loop.ts";
import { openSinks, type OpenSink, openSplit, sourceContext } from "./open.ts";
import type { WorkerPorts } from "./ports.ts";
import { statusOf } from "./job-status.ts";

export interface JobSettings {
  readonly job: string;
  readonly app: string;
  readonly worker: string;
  readonly pipeline: Pipeline;
  readonly plan: Plan;
  readonly ports: WorkerPorts;
  /** Whether records are counted per step. */
  readonly metrics: boolean;
  /** False runs the plain form of the chain. */
  readonly compiled?: boolean;
  readonly generation?: number;
}

/** A source of the job: its splits, and whether it may get more. */
export interface JobSource {
  readonly step: number;
  readonly parts: TaskParts;
  readonly splits: SplitInput[];
  readonly known: Set<string>;
  readonly isOpenEnded: boolean;
  lastLogAt: number;
  unlogged: number;
}

export class Job {
  readonly settings: JobSettings;
  readonly done: Promise<JobStatus>;
  readonly startedAt: number;
  readonly sources: JobSource[] = [];
  readonly tasks: TaskParts[] = [];
  sinks: readonly OpenSink[] = [];
  state: JobState = "starting";
  error: WallarooError | undefined = undefined;
  epoch = 0;
  metrics: boolean;
  readonly #loop: Loop;
  readonly #timers = new Map<string, Timer>();
  #resolveDone!: (status: JobStatus) => void;
  #commit: Promise<void> | undefined = undefined;
  #onQuiet: (() => void) | undefined = undefined;
  #isEnding = false;

  private constructor(settings: JobSettings) {
    const { clock } = settings.ports;
    this.settings = settings;
    this.metrics = settings.metrics;
    this.startedAt = clock.now();
    this.#loop = new Loop(clock, (error) => this.#fail(error));
    this.done = new Promise((resolve) => {
      this.#resolveDone = resolve;
    });
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
      for (const source of this.sources) {
        if (source.parts !== parts) continue;
        const run = parts.runner(source.step);
        for (const feed of parts.task.feeds) {
          if (source.splits.includes(feed.input)) feed.run = run;
        }
      }
    }
  }

  /** Input stops; what is inside is processed; sinks commit. Resolves when the job has ended. */
  async stop(): Promise<void> {
    if (this.state === "running") {
      this.state = "stopping";
      const inputs = this.sources.flatMap((source) => source.splits);
      await Promise.all(inputs.map((input) => input.stop())).catch((e: unknown) => this.#fail(e));
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
    const writers = new Map(this.sinks.map((sink) => [sink.step, sink.writer]));
    for (const taskPlan of plan.tasks) {
      const parts = buildTask({
        pipeline,
        plan: taskPlan,
        clock: ports.clock,
        writers,
        isCompiled: settings.compiled ?? true,
        isCounting: settings.metrics,
        log: (step) => ports.log.child({ job: settings.job, step }),
        onInvalid: (source, error, bytes) => this.#invalid(source, error, bytes),
        onFail: (error) => this.#fail(error),
        onQuiet: () => this.#quiet(),
      });
      parts.task.control.onCredit = () => this.#loop.schedule(parts.task);
      this.tasks.push(parts);
      for (const step of taskPlan.sources) await this.#openSource(step, parts);
    }
  }

  async #openSource(step: number, parts: TaskParts): Promise<void> {
    const { spec } = this.settings.pipeline.steps[step]!;
    if (spec.kind !== "source") return;
    const isOpenEnded = spec.source.isOpenEnded ?? false;
    const source: JobSource = {
      step,
      parts,
      splits: [],
      known: new Set(),
      isOpenEnded,
      lastLogAt: Number.NEGATIVE_INFINITY,
      unlogged: 0,
    };
    this.sources.push(source);
    await this.#discover(source);
  }

  /** Opens the splits that are new. */
  async #discover(source: JobSource): Promise<void> {
    const { spec, name } = this.settings.pipeline.steps[source.step]!;
    if (spec.kind !== "source") return;
    const ctx = sourceContext(this.settings, name);
    for (const id of await spec.source.splits(ctx)) {
      if (source.known.has(id)) continue;
      source.known.add(id);
      const reader = await openSplit(spec.source, name, id, ctx);
      const { task } = source.parts;
      const input = new SplitInput(
        id,
        reader,
        () => this.#loop.schedule(task),
        (error) => this.#fail(named(name, error)),
      );
      source.splits.push(input);
      task.feeds.push({ input, run: source.parts.runner(source.step) });
      if (this.state === "running") input.ask();
    }
  }

  #begin(): void {
    this.state = "running";
    this.#every("commit", COMMIT_INTERVAL_MS, () => this.#tick());
    for (const source of this.sources) {
      if (!source.isOpenEnded) continue;
      this.#every(`discover ${source.step}`, DISCOVER_INTERVAL_MS, () => {
        this.#discover(source).catch((error: unknown) => this.#fail(error));
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
    for (const source of this.sources) for (const input of source.splits) input.ask();
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
    this.#onQuiet?.();
    if (this.#isEnding || (this.state !== "running" && this.state !== "stopping")) return;
    for (const parts of this.tasks) {
      const mine = this.sources.filter((source) => source.parts === parts);
      const isDry = mine.every(
        (source) =>
          (this.state === "stopping" || !source.isOpenEnded) &&
          source.splits.every((input) => input.isDone && input.batch === undefined),
      );
      if (!isDry) return;
      parts.task.end();
    }
    if (this.tasks.every(({ task }) => task.isEnded)) {
      this.#isEnding = true;
      this.#finish().catch((error: unknown) => this.#fail(error));
    } else {
      for (const { task } of this.tasks) if (!task.isEnded) this.#loop.schedule(task);
    }
  }

  #tick(): void {
    if (this.#isEnding || this.#commit !== undefined) return;
    this.#commit = this.#commitNow()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#commit = undefined;
      });
  }

  /** A barrier between records: all sinks prepare what was pushed before it, then commit. */
  async #commitNow(): Promise<void> {
    const epoch = ++this.epoch;
    for (const { task } of this.tasks) task.control.hold();
    let prepared: Promise<void>;
    try {
      await this.#untilQuiet();
      const buffers = this.tasks.flatMap((parts) => [...parts.sinks.values()]);
      await Promise.all(buffers.map((sink) => sink.drain()));
      prepared = commitEpoch(epoch, this.#preparing(), this.#marks());
    } finally {
      for (const { task } of this.tasks) task.control.release();
      this.#wake();
    }
    await prepared;
  }

  #untilQuiet(): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.tasks.every(({ task }) => task.isQuiet)) return;
        this.#onQuiet = undefined;
        resolve();
      };
      this.#onQuiet = look;
      look();
      this.#wake();
    });
  }

  #preparing(): Preparing[] {
    return this.sinks.map(({ name, step, committer }) => ({
      name,
      committer,
      prepare: async (epoch) => {
        const buffer = this.tasks
          .map((parts) => parts.sinks.get(step))
          .find((b) => b !== undefined);
        return await buffer?.prepare(epoch);
      },
    }));
  }

  #marks(): Mark[] {
    return this.sources.flatMap((source) =>
      source.splits.map((input) => ({ reader: input.reader, position: input.position() })),
    );
  }

  async #finish(): Promise<void> {
    await this.#commit;
    if (this.error !== undefined) return;
    await this.#commitNow();
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
    const inputs = this.sources.flatMap((source) => source.splits);
    const closing = [
      ...inputs.map(async (input) => {
        await input.stop();
        await input.reader[Symbol.asyncDispose]();
      }),
      ...this.sinks.map((sink) => sink.writer[Symbol.asyncDispose]()),
    ];
    const results = await Promise.allSettled(closing);
    for (const result of results) {
      if (result.status !== "rejected") continue;
      this.settings.ports.log.warn("closing failed", { error: result.reason as unknown });
    }
    this.#loop.stop();
  }

  #invalid(name: string, error: unknown, bytes: Uint8Array): void {
    const source = this.sources.find(
      (one) => this.settings.pipeline.steps[one.step]!.name === name,
    );
    const { spec } = this.settings.pipeline.steps[source!.step]!;
    const text = `source "${name}": a frame is no record: ${messageOf(error)}`;
    if (spec.kind === "source" && spec.source.onInvalid === "fail") {
      throw new WallarooError("invalid_record", `${text} (bytes ${hex(bytes)})`, {
        domain: "external",
        cause: error,
      });
    }
    source!.unlogged++;
    const now = this.settings.ports.clock.monotonic();
    if (now - source!.lastLogAt < LOG_INTERVAL_MS) return;
    source!.lastLogAt = now;
    const count = source!.unlogged;
    source!.unlogged = 0;
    this.settings.ports.log.warn(text, { step: name, bytes: hex(bytes), skipped: count });
  }
}

function named(source: string, error: unknown): WallarooError {
  const known = error instanceof WallarooError ? error : undefined;
  return new WallarooError(known?.code ?? "source", `source "${source}": ${messageOf(error)}`, {
    domain: known?.domain ?? "external",
    cause: error,
  });
}
