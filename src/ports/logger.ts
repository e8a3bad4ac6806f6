export type LogLevel = "debug" | "info" | "warn" | "error";

/** Facts beside the text: plain values, or errors. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where log lines go. Never blocks and never throws. */
export interface Logger {
  debug(text: string, fields?: LogFields): void;
  info(text: string, fields?: LogFields): void;
  warn(text: string, fields?: LogFields): void;
  error(text: string, fields?: LogFields): void;
  /** A logger whose lines carry `fields` too. */
  child(fields: LogFields): Logger;
  /** Writes a line whatever the level in force is: for who has levels of its own. */
  always?(level: LogLevel, text: string, fields?: LogFields): void;
}

export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
