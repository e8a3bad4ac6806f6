/** The log of a process that runs jobs: to standard error. */
import type { LogLevels } from "../model/log-levels.ts";
import { Log, standardError } from "./json-logger.ts";
import { systemClock } from "./system-clock.ts";

export interface OpenLogOptions {
  readonly levels: LogLevels;
  readonly isPretty: boolean;
  readonly hasColor: boolean;
  /** Text that must leave before a line, such as what clears a live line. */
  readonly before: () => string;
}

export function openLog(options: OpenLogOptions): Log {
  const target = standardError();
  return new Log({
    clock: systemClock(),
    target: (text) => target(options.before() + text),
    levels: options.levels,
    pretty: options.isPretty,
    colour: options.hasColor,
  });
}
