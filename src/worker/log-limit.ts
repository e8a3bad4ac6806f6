/** At most one log line a second for each kind of trouble; the others are counted into the next. */
import { LOG_INTERVAL_MS } from "../model/limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { LogFields, Logger } from "../ports/logger.ts";

export class LogLimit {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #kinds = new Map<string, { lastLogAt: number; unlogged: number }>();

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Warns, unless `kind` did within the last second; the line says how many it stands for. */
  warn(kind: string, text: string, fields: LogFields): void {
    const seen = this.#kinds.get(kind) ?? { lastLogAt: Number.NEGATIVE_INFINITY, unlogged: 0 };
    this.#kinds.set(kind, seen);
    seen.unlogged++;
    const now = this.#clock.monotonic();
    if (now - seen.lastLogAt < LOG_INTERVAL_MS) return;
    seen.lastLogAt = now;
    this.#log.warn(text, { ...fields, records: seen.unlogged });
    seen.unlogged = 0;
  }
}
