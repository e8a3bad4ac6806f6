/** How the job of a process is made to end, in good order or at once, and within bounds. */
import { durationText } from "../base/duration.ts";
import { STOP_MS } from "../model/limits.ts";
import type { JobStatus } from "../model/status.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { Job } from "../worker/job.ts";
import { whatIsInside } from "./what-is-inside.ts";

/** A stop that takes longer says what it waits for. */
const STOP_TOLD_MS = 1_000;
/** How long what is killed may take to close. */
const KILL_MS = 1_000;
const STUCK = `the job was ended at once, and did not close within ${durationText(KILL_MS)}`;

export class NodeEnding {
  readonly #clock: Clock;
  readonly #log: Logger;
  /** Throws while there is no job yet. */
  readonly #job: () => Job;
  readonly #abandoned = Promise.withResolvers<JobStatus>();
  #stopping: Promise<void> | undefined = undefined;
  /** Why the job was made to end, when `stop` had to. */
  gaveUp: string | undefined = undefined;

  constructor(clock: Clock, log: Logger, job: () => Job) {
    this.#clock = clock;
    this.#log = log;
    this.#job = job;
  }

  /** Resolves when a job that was killed did not close. */
  get abandoned(): Promise<JobStatus> {
    return this.#abandoned.promise;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop(this.#job());
    return this.#stopping;
  }

  /** A source or sink that does not close must not keep the process. */
  kill(): void {
    const job = this.#job();
    void job.kill();
    const timer = this.#clock.after(KILL_MS, () => {
      const status = job.status();
      this.#abandoned.resolve({ ...status, state: "failed", error: status.error ?? STUCK });
    });
    void job.done.then(() => timer.cancel());
  }

  async #stop(job: Job): Promise<void> {
    const timers = [
      this.#clock.after(STOP_TOLD_MS, () => this.#tellWait(job)),
      this.#clock.after(STOP_MS, () => this.#giveUp(job)),
    ];
    await job.stop();
    for (const timer of timers) timer.cancel();
  }

  #tellWait(job: Job): void {
    const status = job.status();
    this.#log.warn(
      "stopping: waiting until what is inside is written; a second signal ends at once",
      {
        job: status.job,
        inside: whatIsInside(status),
        limit: durationText(STOP_MS),
      },
    );
  }

  #giveUp(job: Job): void {
    const limit = durationText(STOP_MS);
    const inside = whatIsInside(job.status());
    const lost = `what was inside is lost (${inside})`;
    this.gaveUp = `it did not drain within ${limit}, the limit: ${lost}`;
    this.kill();
  }
}
