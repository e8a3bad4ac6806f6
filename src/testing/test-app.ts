/**
 * An app under test: one worker, simulated time and chance, sources and sinks in memory.
 *
 * Owns: the job, its clock, what it was fed.
 * Does not own: how the graph is replaced (test-pipeline), how time moves (driver).
 */
import { type Duration, durationMs } from "../base/duration.ts";
import { WallarooError } from "../base/errors.ts";
import { Prng } from "../base/prng.ts";
import { systemClock } from "../host/system-clock.ts";
import type { App } from "../model/app.ts";
import { LogLevels } from "../model/log-levels.ts";
import type { JobStatus } from "../model/status.ts";
import { plan } from "../planner/plan.ts";
import { validate } from "../planner/validate.ts";
import type { Disk } from "../ports/disk.ts";
import { systemDisk } from "../storage/system-disk.ts";
import { Job } from "../worker/job.ts";
import { Driver } from "./driver.ts";
import { FedApp } from "./fed-app.ts";
import { NOTHING_OUTSIDE } from "./nothing-outside.ts";
import { progressOf } from "./progress.ts";
import { restless, RunClock } from "./run-clock.ts";
import { type LogLine, SimLog } from "./sim-log.ts";
import type { TestPipeline } from "./test-parts.ts";
import { testPipeline } from "./test-pipeline.ts";
import { type Calls, watched } from "./watch-calls.ts";

/** How long a test waits, in real time, for a call that does not answer. */
const PATIENCE_MS = 1_000;
/** How far time is moved for calls that are made again, while nothing else changes. */
const WAIT_MS_MAX = 6 * 3_600_000;

/** How an app is tested. */
export interface TestOptions {
  /** The app's options, as `--set name=value` would give them. */
  readonly set?: Readonly<Record<string, string>>;
  /** Chance of this run: jitter of retries, and with `restless` where turns end. Default 1. */
  readonly seed?: number;
  /** Ends turns and batches at random places, by the seed, so that all that can wait does wait. */
  readonly restless?: boolean;
  /** Names of sources and sinks that keep their own connector: generators, files. */
  readonly keep?: readonly string[];
  /** Records are frozen on their way, so that whoever changes one is found. Default true. */
  readonly freeze?: boolean;
  /** Where simulated time begins, ms since the epoch. Default 2023-11-14T22:13:20Z. */
  readonly start?: number;
  /** The files of connectors that are kept. Default: the real ones. */
  readonly disk?: Disk;
  /** False runs the plain form of the chain, not the compiled one. For tests of Wallaroo. */
  readonly compiled?: boolean;
}

/** An app under test. Dispose of it: `await using t = await testApp(app)`. */
export class TestApp extends FedApp implements AsyncDisposable {
  readonly #job: Job;
  readonly #parts: TestPipeline;
  readonly #clock: RunClock;
  readonly #driver: Driver;
  readonly #calls: Calls;
  readonly #log: SimLog;
  #sleeping = 0;
  #isErrorTold = false;

  private constructor(parts: {
    readonly job: Job;
    readonly pipeline: TestPipeline;
    readonly clock: RunClock;
    readonly driver: Driver;
    readonly calls: Calls;
    readonly log: SimLog;
  }) {
    super(parts.pipeline);
    this.#job = parts.job;
    this.#parts = parts.pipeline;
    this.#clock = parts.clock;
    this.#driver = parts.driver;
    this.#calls = parts.calls;
    this.#log = parts.log;
  }

  /** Builds the graph and starts the job. `testApp` is the way to call it. */
  static async start(app: App, options: TestOptions): Promise<TestApp> {
    const { seed = 1, keep = [], freeze = true, compiled = true } = options;
    const random = new Prng(seed);
    const sizes = options.restless === true ? new Prng(seed + 1) : undefined;
    const cost = options.restless === true ? restless(new Prng(seed + 2)) : undefined;
    const clock = new RunClock(options.start, cost);
    const calls = { count: 0 };
    const io = { count: 0 };
    const original = await app.build(options.set ?? {});
    validate(original);
    const pipeline = testPipeline(original, { clock, keep, freeze, sizes, calls });
    const log = new SimLog(clock);
    const driver = new Driver(clock, systemClock(), io);
    const disk = watched(options.disk ?? systemDisk(), io);
    const starting = Job.start({
      job: original.app,
      app: original.app,
      worker: "test-1",
      pipeline: pipeline.pipeline,
      plan: plan(pipeline.pipeline),
      ports: { clock, random, disk, log, ...NOTHING_OUTSIDE },
      metrics: true,
      compiled,
      // A test sees every line, and the clock by which they would be limited stands still.
      logLevels: new LogLevels("debug"),
      logLinesMax: Number.POSITIVE_INFINITY,
    });
    const job = await driver.until(starting);
    return new TestApp({ job, pipeline, clock, driver, calls, log });
  }

  /**
   * Resolves when all that was fed has been processed. The clock moves only where calls of
   * `asyncMap` wait to be made again.
   *
   * @throws what ended the job; `not_settled` when a call does not answer
   */
  async settle(): Promise<void> {
    const real = systemClock();
    let [since, from] = [real.monotonic(), this.now];
    for (let before = ""; ;) {
      await this.#driver.quiet();
      this.#check();
      const { isDone, left } = progressOf(this.#job, this.#parts.feeds);
      if (isDone) return;
      const now = left.join("; ");
      if (now !== before) [since, from] = [real.monotonic(), this.now];
      before = now;
      const isMoving = this.#calls.count === 0 || this.#sleeping > 0;
      const mayMove = isMoving && this.now - from < WAIT_MS_MAX;
      if (mayMove && (await this.#driver.next())) continue;
      if (real.monotonic() - since >= PATIENCE_MS) throw notSettled(now);
    }
  }

  /**
   * Moves time on and lets happen what is due: aggregates at an interval, ttl, timeouts, retries,
   * commits. Nothing really waits.
   *
   * @throws what ended the job
   */
  async advance(time: Duration): Promise<void> {
    await this.#driver.advance(durationMs(time, "advance"));
    this.#check();
  }

  /** Waits in simulated time, for slow services of a test; `settle` moves the clock to its end. */
  async sleep(time: Duration): Promise<void> {
    this.#sleeping++;
    await new Promise<void>((resolve) => {
      this.#clock.after(durationMs(time, "sleep"), resolve);
    });
    this.#sleeping--;
  }

  /** Simulated time, ms since the epoch. */
  get now(): number {
    return this.#clock.now();
  }

  /** What the app and its connectors logged. */
  get logs(): readonly LogLine[] {
    return this.#log.lines;
  }

  /** State, counts and errors, as `/v1` would show them. */
  status(): JobStatus {
    const status = this.#job.status();
    if (status.state === "failed") this.#isErrorTold = true;
    const { taps } = this.#parts;
    return {
      ...status,
      sinks: status.sinks.filter(({ name }) => !taps.has(name)),
      steps: status.steps.filter(({ name }) => !taps.has(name)),
    };
  }

  /** Ends the job. @throws what ended it before, if no call has told it yet */
  async [Symbol.asyncDispose](): Promise<void> {
    const { error } = this.#job;
    await this.#driver.until(this.#job.kill());
    if (error !== undefined && !this.#isErrorTold) throw error;
  }

  #check(): void {
    const { error } = this.#job;
    if (error === undefined) return;
    this.#isErrorTold = true;
    throw error;
  }
}

function notSettled(left: string): Error {
  return new WallarooError(
    "not_settled",
    `the app does not settle: ${left}. The clock stands still: advance("30s") would move it, ` +
      "past a timeout for example",
    { domain: "user" },
  );
}
