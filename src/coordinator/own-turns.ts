/** How long a loop that wants a turn at an interval had none (pure). */
export class OwnTurns {
  readonly #intervalMs: number;
  #last: number | undefined;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** It has one now, at a time of the monotonic clock. Returns the ms it was late, when these are
   *  more than an interval. */
  late(now: number): number {
    const lateMs = now - (this.#last ?? now) - this.#intervalMs;
    this.#last = now;
    return lateMs > this.#intervalMs ? lateMs : 0;
  }
}
