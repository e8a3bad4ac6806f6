/** The real logger: bounded lines to standard error, JSON for programs, pretty on a terminal. */
import { levelRank, type LogLevels } from "../model/log-levels.ts";
import type { Clock } from "../ports/clock.ts";
import type { LogFields, Logger, LogLevel } from "../ports/logger.ts";
import { LineWriter, type TextTarget } from "./line-writer.ts";
import { jsonLine, prettyLine } from "./log-line.ts";
import type { LogEntry } from "./log-line.ts";

export interface LogOptions {
  readonly clock: Clock;
  readonly target: TextTarget;
  /** Lines below the level of all are not written; it may change while running. */
  readonly levels: LogLevels;
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
    const { levels } = options;
    this.#options = options;
    this.#rank = levelRank(levels.of());
    levels.watch(() => {
      this.#rank = levelRank(levels.of());
    });
    this.#writer = new LineWriter(options.target, (count) =>
      this.#format({
        level: "warn",
        time: options.clock.now(),
        text: `${count} log lines were dropped because nobody read them fast enough`,
        context: {},
        fields: { dropped: count },
      }),
    );
    this.logger = this.#make(options.fields ?? {});
  }

  /** Writes a line that is made already, with its newline. */
  pass(line: string): void {
    this.#writer.write(line);
  }

  /** Resolves when all lines have left; a stuck reader keeps it waiting: give it a deadline. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** The lines that have not left. */
  take(): string {
    return this.#writer.take();
  }

  #make(context: LogFields): Logger {
    const at = (level: LogLevel) => {
      const rank = levelRank(level);
      return (text: string, fields?: LogFields): void => {
        if (rank >= this.#rank) this.#write({ level, text, context, fields });
      };
    };
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      always: (level, text, fields) => this.#write({ level, text, context, fields }),
      child: (more) => this.#make({ ...context, ...more }),
    };
  }

  #write(entry: Omit<LogEntry, "time">): void {
    this.#writer.write(this.#format({ ...entry, time: this.#options.clock.now() }));
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
