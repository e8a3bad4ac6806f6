/** A clock that the test moves: timers fire in the order of their times, then of their making. */
import type { Clock, Timer } from "../../src/ports/clock.ts";

interface Waiting {
  readonly due: number;
  readonly order: number;
  readonly fn: () => void;
}

export class FakeClock implements Clock {
  #now: number;
  #order = 0;
  readonly #start: number;
  readonly #waiting = new Set<Waiting>();

  /** `start`: the wall clock at the beginning; the monotonic one starts at 0. */
  constructor(start = 1_700_000_000_000) {
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
    const waiting = { due: this.#now + Math.max(0, delayMs), order: this.#order++, fn };
    this.#waiting.add(waiting);
    return { cancel: () => void this.#waiting.delete(waiting) };
  }

  soon(fn: () => void): void {
    this.after(0, fn);
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** When the next timer is due, in ms from now; undefined when none waits. */
  get nextMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.due - this.#now;
  }

  /** Moves time on and fires what is due, also what was started meanwhile. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(); next !== undefined && next.due <= end; next = this.#next()) {
      this.#now = next.due;
      this.#waiting.delete(next);
      next.fn();
    }
    this.#now = end;
  }

  #next(): Waiting | undefined {
    let first: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (
        first === undefined ||
        waiting.due < first.due ||
        (waiting.due === first.due && waiting.order < first.order)
      ) {
        first = waiting;
      }
    }
    return first;
  }
}
