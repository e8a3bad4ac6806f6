/** The real logger: bounded lines to standard error, JSON for programs, pretty on a terminal. */
import { LOG_LEVELS } from "../ports/logger.ts";
import type { Clock } from "../ports/clock.ts";
import type { LogFields, Logger, LogLevel } from "../ports/logger.ts";
import { LineWriter, type TextTarget } from "./line-writer.ts";
import { jsonLine, prettyLine } from "./log-line.ts";
import type { LogEntry } from "./log-line.ts";

export interface LogOptions {
  readonly clock: Clock;
  readonly target: TextTarget;
  readonly level: LogLevel;
  /** How lines look; `colour` only where `pretty`. */
  readonly pretty: boolean;
  readonly colour?: boolean;
  readonly fields?: LogFields;
}

/** All loggers of a process: one level, one way out. */
export class Log {
  readonly logger: Logger;
  readonly #options: LogOptions;
  readonly #writer: LineWriter;
  #rank: number;

  constructor(options: LogOptions) {
    this.#options = options;
    this.#rank = LOG_LEVELS.indexOf(options.level);
    this.#writer = new LineWriter(options.target, (count) =>
      this.#format({
        level: "warn",
        time: options.clock.now(),
        text: `${count} log lines were dropped because nobody read them fast enough`,
        fields: { dropped: count },
      }),
    );
    this.logger = this.#make(options.fields ?? {});
  }

  get level(): LogLevel {
    return LOG_LEVELS[this.#rank] ?? "info";
  }

  set level(level: LogLevel) {
    this.#rank = LOG_LEVELS.indexOf(level);
  }

  /** Resolves when all lines have left; a stuck reader keeps it waiting: give it a deadline. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** The lines that have not left. */
  take(): string {
    return this.#writer.take();
  }

  #make(fields: LogFields): Logger {
    const at =
      (level: LogLevel) =>
      (text: string, more?: LogFields): void =>
        this.#write(level, text, fields, more);
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      child: (more) => this.#make({ ...fields, ...more }),
    };
  }

  #write(level: LogLevel, text: string, fields: LogFields, more: LogFields | undefined): void {
    if (LOG_LEVELS.indexOf(level) < this.#rank) return;
    const all = more === undefined ? fields : { ...fields, ...more };
    this.#writer.write(
      this.#format({ level, time: this.#options.clock.now(), text: String(text), fields: all }),
    );
  }

  #format(entry: LogEntry): string {
    if (!this.#options.pretty) return jsonLine(entry);
    return prettyLine(entry, this.#options.colour ?? false);
  }
}

/** Standard error of this process. */
export function standardError(): TextTarget {
  const writer = Bun.stderr.writer();
  return (text) => {
    void writer.write(text);
    const flushed = writer.flush();
    return typeof flushed === "number" ? undefined : flushed.then(() => undefined);
  };
}
