/**
 * A clock that a test moves. Nothing happens by itself, and nothing really waits.
 *
 * Q1. Timers fire in the order of their times, then of their making.
 * Q2. While a callback runs, the clock shows the time at which it was due.
 */
import type { Clock, Timer } from "../ports/clock.ts";

interface Waiting {
  readonly due: number;
  readonly fn: () => void;
  isOver: boolean;
}

/** 2023-11-14T22:13:20Z: where simulated time begins, unless told. */
export const SIM_START_MS = 1_700_000_000_000;

/** A simulated clock: `after` and `soon` wait until the test moves it. */
export class SimClock implements Clock {
  #now: number;
  readonly #start: number;
  /** By time, then by order of making. */
  #queue: Waiting[] = [];
  #waiting = 0;

  /** `start`: the wall clock at the beginning; the monotonic one starts at 0. */
  constructor(start: number = SIM_START_MS) {
    this.#now = start;
    this.#start = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#start;
  }

  after(delayMs: number, fn: () => void): Timer {
    const waiting = { due: this.#now + Math.max(0, delayMs), fn, isOver: false };
    this.#queue.splice(this.#placeOf(waiting.due), 0, waiting);
    this.#waiting++;
    return {
      cancel: () => {
        if (waiting.isOver) return;
        waiting.isOver = true;
        this.#waiting--;
      },
    };
  }

  soon(fn: () => void): void {
    this.after(0, fn);
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** When the next timer is due, in ms from now; undefined when none waits. */
  get nextMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.due - this.#now;
  }

  /** Fires the one timer that is next, if it is due at `until` (ms since the epoch) or before. */
  step(until: number): boolean {
    const next = this.#next();
    if (next === undefined || next.due > until) return false;
    this.#queue.shift();
    next.isOver = true;
    this.#waiting--;
    this.#now = next.due;
    next.fn();
    return true;
  }

  /** Moves time on and fires what is due, also what was started meanwhile. */
  advance(ms: number): void {
    const end = this.#now + ms;
    let fired = true;
    while (fired) fired = this.step(end);
    this.#now = end;
  }

  #next(): Waiting | undefined {
    let called = 0;
    while (called < this.#queue.length && this.#queue[called]!.isOver) called++;
    if (called > 0) this.#queue.splice(0, called);
    return this.#queue[0];
  }

  /** Behind all that are due at that time. */
  #placeOf(due: number): number {
    let low = 0;
    let high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#queue[middle]!.due <= due) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
