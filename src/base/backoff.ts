/** Delays between attempts (pure): exponential, with full jitter above half of the delay. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** The delay before attempt `attempt` (0-based), in ms; `random` is in [0, 1). */
export function backoffMs(attempt: number, random: number, options: BackoffOptions): number {
  const full = Math.min(options.maxMs, options.firstMs * 2 ** Math.min(attempt, 30));
  return full / 2 + (full / 2) * random;
}
