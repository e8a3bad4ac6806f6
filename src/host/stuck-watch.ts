/**
 * How long a loop has stood still, as another thread sees it (pure). A process that was stopped, or
 * a machine that slept, is not stuck: time counts only as far as the watcher itself had turns.
 */
export class StuckWatch {
  readonly #stepMax: number;
  #tick: number | undefined;
  #lookedAt = 0;
  #stuckMs = 0;

  /** `intervalMs`: how often `look` is called. */
  constructor(intervalMs: number) {
    this.#stepMax = 2 * intervalMs;
  }

  /** `now`: monotonic ms. Returns the ms since `tick` last changed. */
  look(tick: number, now: number): number {
    if (tick !== this.#tick) this.#stuckMs = 0;
    else this.#stuckMs += Math.min(now - this.#lookedAt, this.#stepMax);
    this.#tick = tick;
    this.#lookedAt = now;
    return this.#stuckMs;
  }
}
