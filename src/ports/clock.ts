/** A timer that was started. */
export interface Timer {
  /** Makes it never fire. Calling it again, or after it fired, changes nothing. */
  cancel(): void;
}

/** Time, and the order of turns. All that waits asks here, so that a simulator can answer. */
export interface Clock {
  /** Wall clock: ms since the epoch, whole or fractional. May jump. */
  now(): number;
  /** Monotonic ms with fractions, from an arbitrary zero. Costs about 40 ns: never per record. */
  monotonic(): number;
  /** Calls `fn` once, `delayMs` from now. */
  after(delayMs: number, fn: () => void): Timer;
  /** Calls `fn` in a later turn of the event loop, after input and output had their chance. */
  soon(fn: () => void): void;
}
