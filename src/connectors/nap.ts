/** A wait of one reader that can be ended early, when the reader is closed. */
import type { Clock, Timer } from "../ports/clock.ts";

export class Nap {
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #done: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after `ms`, or when woken. One at a time. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#timer = this.#clock.after(ms, resolve);
    });
  }

  /** Ends a wait that is going on. */
  wake(): void {
    this.#timer?.cancel();
    this.#done?.();
  }
}
