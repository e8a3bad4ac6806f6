/** Attempts at what may be done twice, with growing delays between them. */
import { backoffMs } from "../base/backoff.ts";
import { WallarooError } from "../base/errors.ts";
import { STORE_ATTEMPTS_MAX, STORE_RETRY_FIRST_MS, STORE_RETRY_MAX_MS } from "../model/limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";

export interface Patience {
  readonly clock: Clock;
  readonly random: Random;
}

/** How long one request may take, from its first byte to the last one of its answer. */
export interface RequestLimit {
  /** STORE_REQUEST_MS where it is not said. */
  readonly withinMs?: number | undefined;
}

/** Calls `work` again while it says `store_unavailable`, a bounded number of times. */
export async function patiently<R>(
  { clock, random }: Patience,
  work: () => Promise<R>,
): Promise<R> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const isPassing = error instanceof WallarooError && error.code === "store_unavailable";
      if (!isPassing || attempt + 1 >= STORE_ATTEMPTS_MAX) throw error;
    }
    const options = { firstMs: STORE_RETRY_FIRST_MS, maxMs: STORE_RETRY_MAX_MS };
    await new Promise<void>((resolve) => {
      clock.after(backoffMs(attempt, random.next(), options), resolve);
    });
  }
}

/** A write under a condition, made once: what is not known to have failed is
 *  `unknown`, and why is told. */
export async function orUnknown<R>(
  work: () => Promise<R>,
  onUnknown: (why: string) => void,
): Promise<R | "unknown"> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof WallarooError) || error.code !== "store_unavailable") throw error;
    onUnknown(error.message);
    return "unknown";
  }
}
