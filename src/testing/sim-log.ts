/** A logger that keeps its lines, with the step that wrote them. */
import type { Clock } from "../ports/clock.ts";
import type { LogFields, Logger, LogLevel } from "../ports/logger.ts";

/** One line that was logged. */
export interface LogLine {
  readonly level: LogLevel;
  readonly text: string;
  /** The step whose function, source or sink wrote it. */
  readonly step: string | undefined;
  readonly fields: LogFields;
  /** Simulated ms since the epoch. */
  readonly time: number;
}

/** Keeps all lines, also those of its children, in one list. */
export class SimLog implements Logger {
  readonly lines: LogLine[];
  readonly #clock: Clock;
  readonly #fields: LogFields;

  constructor(clock: Clock, lines: LogLine[] = [], fields: LogFields = {}) {
    this.#clock = clock;
    this.lines = lines;
    this.#fields = fields;
  }

  debug(text: string, fields?: LogFields): void {
    this.#keep("debug", text, fields);
  }

  info(text: string, fields?: LogFields): void {
    this.#keep("info", text, fields);
  }

  warn(text: string, fields?: LogFields): void {
    this.#keep("warn", text, fields);
  }

  error(text: string, fields?: LogFields): void {
    this.#keep("error", text, fields);
  }

  child(fields: LogFields): Logger {
    return new SimLog(this.#clock, this.lines, { ...this.#fields, ...fields });
  }

  #keep(level: LogLevel, text: string, given: LogFields = {}): void {
    const { step, ...fields } = { ...this.#fields, ...given };
    const name = typeof step === "string" ? step : undefined;
    this.lines.push({ level, text, step: name, fields, time: this.#clock.now() });
  }
}
