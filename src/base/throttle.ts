/** Lets a few things of a kind through in an interval, and counts the rest: for log lines. */
export class Throttle {
  readonly #intervalMs: number;
  readonly #burst: number;
  #since = -Infinity;
  #passed = 0;
  #suppressed = 0;

  constructor(intervalMs: number, burst = 1) {
    this.#intervalMs = intervalMs;
    this.#burst = burst;
  }

  /** How many were held back since the last that passed. */
  get suppressed(): number {
    return this.#suppressed;
  }

  /** The same, and takes them as told. */
  takeSuppressed(): number {
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    return suppressed;
  }

  /** How many were held back since the last that passed; undefined: hold this one back, too.
   *  `now`: monotonic ms. */
  pass(now: number): number | undefined {
    if (now - this.#since >= this.#intervalMs) {
      this.#since = now;
      this.#passed = 0;
    }
    if (this.#passed === this.#burst) {
      this.#suppressed++;
      return undefined;
    }
    this.#passed++;
    return this.takeSuppressed();
  }
}
