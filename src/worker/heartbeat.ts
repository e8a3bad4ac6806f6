/**
 * Tells at an interval that this process is there, and whether its loop turns. The tick grows with
 * each turn that the loop had for us; whoever sends it may be another thread.
 */
import type { Clock, Timer } from "../ports/clock.ts";

export class Heartbeat {
  #tick = 0;
  #timer: Timer | undefined;
  readonly #clock: Clock;
  readonly #beat: (tick: number) => void;

  constructor(clock: Clock, beat: (tick: number) => void) {
    this.#clock = clock;
    this.#beat = beat;
  }

  start(intervalMs: number): void {
    this.stop();
    const next = (): void => {
      this.#tick++;
      this.#beat(this.#tick);
      this.#timer = this.#clock.after(intervalMs, next);
    };
    next();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
