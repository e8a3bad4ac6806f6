/**
 * A store that does not answer is asked again: what is there is true, and a job that was given up
 * because its store was away for a moment would stay so.
 */
import { backoffMs } from "../base/backoff.ts";
import { messageOf, WallarooError } from "../base/errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { Random } from "../ports/random.ts";

const BACKOFF = { firstMs: 50, maxMs: 5_000 };
/** Attempts between two lines of the log. */
const QUIET = 10;

/** What no further attempt mends. */
const FINAL: ReadonlySet<string> = new Set(["log_damaged", "log_gap", "fsync_failed"]);

export interface PatiencePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/**
 * Tries until there is a result, or nobody wants it any more: then it is undefined. Throws what is
 * no fault of the outside, and what no further attempt mends.
 */
export async function patiently<R>(
  { clock, random, log }: PatiencePorts,
  work: () => Promise<R | undefined>,
  isWanted: () => boolean,
): Promise<R | undefined> {
  for (let attempt = 0; ; attempt++) {
    let why = "its answer did not come";
    try {
      const result = await work();
      if (result !== undefined) return result;
    } catch (error) {
      if (!(error instanceof WallarooError) || error.domain !== "external") throw error;
      if (FINAL.has(error.code)) throw error;
      why = messageOf(error);
    }
    if (!isWanted()) return undefined;
    if (attempt % QUIET === 0) log.warn("the store does not answer; it is tried again", { why });
    await new Promise<void>((resolve) => {
      clock.after(backoffMs(attempt, random.next(), BACKOFF), resolve);
    });
  }
}
