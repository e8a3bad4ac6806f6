/**
 * Moves simulated time while the real event loop has its chance in between.
 *
 * V1. A timer fires only when nothing else can happen before it: promises have been resolved, and
 *     calls of a real disk have ended.
 */
import type { Clock } from "../ports/clock.ts";
import type { SimClock } from "./sim-clock.ts";
import type { Calls } from "./watch-calls.ts";

/** Runs what is due, turn by turn. */
export class Driver {
  readonly #clock: SimClock;
  readonly #real: Clock;
  /** Of real disks: they end soon, and time must not pass them by. */
  readonly #io: Calls;

  constructor(clock: SimClock, real: Clock, io: Calls) {
    this.#clock = clock;
    this.#real = real;
    this.#io = io;
  }

  /** Lets the real event loop go round once: behind it no promise waits that could go on. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.#real.soon(resolve));
  }

  /** Lets everything happen that needs no time. */
  async quiet(): Promise<void> {
    for (;;) {
      await this.turn();
      if (this.#clock.step(this.#clock.now())) continue;
      if (this.#io.count === 0) return;
    }
  }

  /** Moves to the next timer and lets happen what follows. Returns false when there is none. */
  async next(): Promise<boolean> {
    if (!this.#clock.step(Number.POSITIVE_INFINITY)) return false;
    await this.quiet();
    return true;
  }

  /** Moves time on by `ms`, timer by timer. */
  async advance(ms: number): Promise<void> {
    const end = this.#clock.now() + ms;
    await this.quiet();
    while (this.#clock.step(end)) await this.quiet();
    this.#clock.advance(end - this.#clock.now());
    await this.quiet();
  }

  /** Waits for a promise while what is due at the present time goes on. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const run = { isOver: false };
    const over = (): void => {
      run.isOver = true;
    };
    promise.then(over, over);
    while (!run.isOver) {
      await this.turn();
      this.#clock.step(this.#clock.now());
    }
    return await promise;
  }
}
