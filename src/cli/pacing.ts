/** Ways to wait for the next record that is due; each calls `fn` in a later turn of the loop. */
import type { Clock } from "../ports/clock.ts";

/** `sleep`: about 0.1 ms at a time, little CPU. `spin`: none, one core. `timer`: 1 ms, no CPU. */
export type Pace = "timer" | "sleep" | "spin";

/** Timers of the loop cannot wait for less than 1 ms; the thread can. */
const SLEEP_MS = 0.02;
const cell = new Int32Array(new SharedArrayBuffer(4));

export function napOf(pace: Pace, clock: Clock): (fn: () => void) => void {
  switch (pace) {
    case "timer":
      return (fn) => void clock.after(1, fn);
    case "spin":
      return (fn) => clock.soon(fn);
    default:
      return (fn) => {
        Atomics.wait(cell, 0, 0, SLEEP_MS);
        clock.soon(fn);
      };
  }
}
