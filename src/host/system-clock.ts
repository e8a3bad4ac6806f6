/** The real clock: Bun's timers, `performance.now` and the wall clock. */
import type { Clock, Timer } from "../ports/clock.ts";

/** Timers take no longer delay; a longer one would fire at once. */
const DELAY_MS_MAX = 2 ** 31 - 1;

export function systemClock(): Clock {
  return CLOCK;
}

// As they are now: a simulation takes them away from apps later.
const { now } = Date;
const monotonic = performance.now.bind(performance);

const CLOCK: Clock = {
  now: () => now(),
  monotonic: () => monotonic(),
  after(delayMs: number, fn: () => void): Timer {
    const timer = setTimeout(fn, Math.min(Math.max(delayMs, 0), DELAY_MS_MAX));
    return { cancel: () => clearTimeout(timer) };
  },
  soon(fn: () => void): void {
    setImmediate(fn);
  },
};
