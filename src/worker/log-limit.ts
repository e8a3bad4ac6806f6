/** At most one log line a second for each kind of trouble; the others are counted into the next. */
import { Throttle } from "../base/throttle.ts";
import { LOG_INTERVAL_MS } from "../model/limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { LogFields, Logger } from "../ports/logger.ts";

export class LogLimit {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #kinds = new Map<string, Throttle>();

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Warns, unless `kind` did within the last second; the line says how many it stands for. */
  warn(kind: string, text: string, fields: LogFields): void {
    const throttle = this.#kinds.get(kind) ?? new Throttle(LOG_INTERVAL_MS);
    this.#kinds.set(kind, throttle);
    const heldBack = throttle.pass(this.#clock.monotonic());
    if (heldBack === undefined) return;
    this.#log.warn(text, { ...fields, records: heldBack + 1 });
  }
}
