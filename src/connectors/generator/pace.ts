/**
 * When records are due. Record k of this reading is due k / rate seconds after the first, counted
 * from the begin: so nothing drifts, and what a busy pipeline could not take in time comes later,
 * all at once.
 */
import type { Clock } from "../../ports/clock.ts";

/** Timers are no finer than this; at high rates the records of one wait leave together. */
const WAIT_MS_MIN = 1;

export class Pace {
  readonly #clock: Clock;
  readonly #rate: number | undefined;
  #start: number | undefined;
  #taken = 0;

  constructor(clock: Clock, rate: number | undefined) {
    this.#clock = clock;
    this.#rate = rate;
  }

  /** How many records may leave now, at most `max`. */
  due(max: number): number {
    if (this.#rate === undefined) return max;
    const now = this.#clock.monotonic();
    this.#start ??= now;
    // A hair of slack: a timer that fires at the computed time must find its record due.
    const due = Math.floor(((now - this.#start) * this.#rate) / 1000 + 1e-6) + 1;
    return Math.max(0, Math.min(max, due - this.#taken));
  }

  /** Says that they left. */
  took(count: number): void {
    this.#taken += count;
  }

  /** How long until the next record is due. */
  waitMs(): number {
    if (this.#rate === undefined || this.#start === undefined) return 0;
    const next = this.#start + (this.#taken * 1000) / this.#rate;
    return Math.max(WAIT_MS_MIN, next - this.#clock.monotonic());
  }
}
