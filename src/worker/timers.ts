/** What a job does at intervals, until it ends. */
import { DISCOVER_INTERVAL_MS } from "../model/limits.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { JobView } from "./job-status.ts";
import type { TaskHost } from "./make-task.ts";

export class Timers {
  readonly #clock: Clock;
  readonly #isOn: () => boolean;
  readonly #timers = new Map<string, Timer>();

  /** `isOn`: looked at when one is due; one that is due while it is false comes no more. */
  constructor(clock: Clock, isOn: () => boolean) {
    this.#clock = clock;
    this.#isOn = isOn;
  }

  every(name: string, intervalMs: number, fn: () => void): void {
    const again = (): void => {
      this.#timers.set(name, this.#clock.after(intervalMs, fire));
    };
    const fire = (): void => {
      if (!this.#isOn()) return;
      again();
      fn();
    };
    again();
  }

  clear(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}

/** Sources are asked for new splits, and aggregates for what changed. */
export function startIntervals(
  timers: Timers,
  job: Pick<JobView, "settings" | "sources" | "tasks">,
  host: Pick<TaskHost, "fail" | "schedule">,
): void {
  for (const source of job.sources.all) {
    if (!source.isOpenEnded) continue;
    timers.every(`discover ${source.step}`, DISCOVER_INTERVAL_MS, () => {
      job.sources.discover(source).catch(host.fail);
    });
  }
  for (const { chain, task } of job.tasks) {
    for (const { step, aggregate } of chain.all()) {
      if (step.spec.kind !== "aggregate" || typeof step.spec.emit !== "object") continue;
      timers.every(`emit ${step.id}`, step.spec.emit.everyMs, () => {
        aggregate?.fire(job.settings.ports.clock.now());
        host.schedule(task);
      });
    }
  }
}
