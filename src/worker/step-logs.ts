/** The logs of a job's steps, each at the level that is in force for it. */
import type { Key } from "../model/key.ts";
import { levelRank, type LogLevels } from "../model/log-levels.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import { StepLog } from "./step-log.ts";

export class StepLogs implements Disposable {
  readonly #levels: LogLevels;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #linesMax: number | undefined;
  readonly #open: { readonly step: string; readonly log: StepLog }[] = [];
  readonly #unwatch: () => void;

  /** Lines carry the fields of `log`, and `step`. `linesMax`: of one site in an interval. */
  constructor(levels: LogLevels, clock: Clock, log: Logger, linesMax?: number) {
    this.#levels = levels;
    this.#clock = clock;
    this.#log = log;
    this.#linesMax = linesMax;
    this.#unwatch = levels.watch(() => this.#follow());
  }

  /** The log of a step; `key` gives that of the record in hand, where the step has one. */
  open(step: string, key?: () => Key): StepLog {
    const rank = levelRank(this.#levels.of(step));
    const log = new StepLog({
      level: rank,
      clock: this.#clock,
      log: this.#log.child({ step }),
      key,
      linesMax: this.#linesMax,
    });
    this.#open.push({ step, log });
    return log;
  }

  [Symbol.dispose](): void {
    this.#unwatch();
    for (const { log } of this.#open) log.lastWords();
  }

  #follow(): void {
    for (const { step, log } of this.#open) log.level = levelRank(this.#levels.of(step));
  }
}
