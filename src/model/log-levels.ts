/** Which log lines are written: a level for all, and levels of single steps, which may change. */
import { LOG_LEVELS, type LogLevel } from "../ports/logger.ts";

/** What is in force, for people and programs. */
export interface LevelsShown {
  readonly level: LogLevel;
  /** The steps that have one of their own. */
  readonly steps: Readonly<Record<string, LogLevel>>;
}

/** From 0, `debug`: a line is written when its rank is not below that of the level. */
export function levelRank(level: LogLevel): number {
  return LOG_LEVELS.indexOf(level);
}

export class LogLevels {
  #level: LogLevel;
  readonly #steps = new Map<string, LogLevel>();
  readonly #watchers = new Set<() => void>();

  constructor(level: LogLevel = "info", steps: Iterable<readonly [string, LogLevel]> = []) {
    this.#level = level;
    for (const [step, own] of steps) this.#steps.set(step, own);
  }

  /** The level of a step, or of all that have none of their own. */
  of(step?: string): LogLevel {
    return (step === undefined ? undefined : this.#steps.get(step)) ?? this.#level;
  }

  /** Takes effect at the next line. */
  set(level: LogLevel): void {
    this.#level = level;
    this.#tell();
  }

  /** Undefined: the step goes by the level of all again. */
  setStep(step: string, level: LogLevel | undefined): void {
    if (level === undefined) this.#steps.delete(step);
    else this.#steps.set(step, level);
    this.#tell();
  }

  /** The steps that have a level of their own. */
  get steps(): readonly string[] {
    return [...this.#steps.keys()];
  }

  shown(): LevelsShown {
    return { level: this.#level, steps: Object.fromEntries(this.#steps) };
  }

  /** Calls `fn` after each change. Returns its undoing. */
  watch(fn: () => void): () => void {
    this.#watchers.add(fn);
    return () => void this.#watchers.delete(fn);
  }

  #tell(): void {
    for (const fn of this.#watchers) fn();
  }
}
