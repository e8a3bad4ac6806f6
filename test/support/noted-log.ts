/** A logger that keeps its lines. */
import type { LogFields, Logger, LogLevel } from "../../src/ports/logger.ts";

export interface NotedLine {
  readonly level: LogLevel;
  readonly text: string;
  readonly fields: LogFields;
}

export class NotedLog implements Logger {
  readonly lines: NotedLine[];
  readonly #fields: LogFields;

  constructor(lines: NotedLine[] = [], fields: LogFields = {}) {
    this.lines = lines;
    this.#fields = fields;
  }

  debug(text: string, fields?: LogFields): void {
    this.#note("debug", text, fields);
  }
  info(text: string, fields?: LogFields): void {
    this.#note("info", text, fields);
  }
  warn(text: string, fields?: LogFields): void {
    this.#note("warn", text, fields);
  }
  error(text: string, fields?: LogFields): void {
    this.#note("error", text, fields);
  }
  child(fields: LogFields): Logger {
    return new NotedLog(this.lines, { ...this.#fields, ...fields });
  }

  /** `warn: text`, line by line. */
  get texts(): string[] {
    return this.lines.map(({ level, text }) => `${level}: ${text}`);
  }

  #note(level: LogLevel, text: string, fields: LogFields = {}): void {
    this.lines.push({ level, text, fields: { ...this.#fields, ...fields } });
  }
}
