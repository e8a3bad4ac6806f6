/** When the next checkpoint of each job is due (pure). */
import { COMMIT_INTERVAL_MS, FIRST_CHECKPOINT_MS } from "../model/limits.ts";

export class RoundPace {
  readonly #due = new Map<string, number>();

  /** A generation of the job runs from now on. Its first checkpoint comes soon: what the last one
   *  had read and not committed is out by it. */
  begin(job: string, now: number): void {
    this.#due.set(job, now + FIRST_CHECKPOINT_MS);
  }

  /** Whether one is due; then the next is after the interval (ms). */
  isDue(job: string, now: number, intervalMs: number = COMMIT_INTERVAL_MS): boolean {
    const due = this.#due.get(job);
    if (due !== undefined && now < due) return false;
    this.#due.set(job, now + intervalMs);
    return true;
  }

  forget(job: string): void {
    this.#due.delete(job);
  }
}
