/**
 * The clock of one simulated host: what it starts dies with it, and waits while it is paused.
 *
 * C1. Nothing runs after the host's life ended.
 * C2. While it is paused everything is kept; then it comes at once, in the order of its times.
 * C3. The monotonic clock never goes back, whatever the wall clock does.
 */
import type { Prng } from "../base/prng.ts";
import { TURN_MS } from "../model/limits.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { SimClock } from "./sim-clock.ts";

/** How far looks at the clock run ahead, where turns may be over at any of them. */
const AHEAD_MS = 2 * TURN_MS;

export interface HostClockOptions {
  readonly clock: SimClock;
  readonly prng: Prng;
  /** Timers are late by so much at most; `soon` by a hundredth of it. */
  readonly lateMsMax: number;
  /** Turns may be over at any look at the clock. */
  readonly isRestless: boolean;
}

/** One life of a host: from its start to its crash. */
export class HostClock implements Clock {
  readonly #options: HostClockOptions;
  readonly #held: (() => void)[] = [];
  /** What the wall clock is off. */
  #offsetMs: () => number;
  #monotonic = 0;
  #soonMs = 0;
  #isPaused = false;
  #isOver = false;

  constructor(options: HostClockOptions, offsetMs: () => number) {
    this.#options = options;
    this.#offsetMs = offsetMs;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  now(): number {
    return this.#options.clock.now() + this.#offsetMs();
  }

  /** C3 */
  monotonic(): number {
    const { clock, prng, isRestless } = this.#options;
    const ahead = isRestless && prng.below(4) === 0 ? AHEAD_MS : 0;
    this.#monotonic = Math.max(this.#monotonic, clock.monotonic() + ahead);
    return this.#monotonic;
  }

  after(delayMs: number, fn: () => void): Timer {
    const { clock, prng, lateMsMax } = this.#options;
    const state = { isCancelled: false };
    const timer = clock.after(Math.max(0, delayMs) + prng.next() * lateMsMax, () => {
      this.run(() => {
        if (!state.isCancelled) fn();
      });
    });
    return {
      cancel: () => {
        state.isCancelled = true;
        timer.cancel();
      },
    };
  }

  /** In the order in which it was asked. */
  soon(fn: () => void): void {
    const { clock, prng, lateMsMax } = this.#options;
    const due = clock.monotonic() + (prng.next() * lateMsMax) / 100;
    this.#soonMs = Math.max(this.#soonMs, due);
    clock.after(this.#soonMs - clock.monotonic(), () => this.run(fn));
  }

  /** Something reaches the host: now, when it goes on, or never. C1, C2 */
  run(fn: () => void): void {
    if (this.#isOver) return;
    if (this.#isPaused) this.#held.push(fn);
    else fn();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    for (const fn of this.#held.splice(0)) this.#options.clock.after(0, () => this.run(fn));
  }

  /** The host is gone. */
  end(): void {
    this.#isOver = true;
    this.#held.length = 0;
  }
}
