/** Log lines of other processes among ours: labelled on a terminal, elsewhere JSON. */
import type { LogFields, LogLevel } from "../ports/logger.ts";
import { jsonLine, type LogEntry, prettyLine } from "./log-line.ts";

const LEVELS: readonly string[] = ["debug", "info", "warn", "error"] satisfies readonly LogLevel[];
/** Of labels, one after the other. */
const COLOURS = ["\x1b[32m", "\x1b[35m", "\x1b[34m", "\x1b[33m", "\x1b[36m"];
const RESET = "\x1b[0m";

export interface ChildLogOptions {
  readonly names: readonly string[];
  readonly isPretty: boolean;
  readonly hasColor: boolean;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** Makes of a child's line, without its newline, one of ours. */
export function childLine(name: string, text: string, options: ChildLogOptions): string {
  const { isPretty, hasColor, now } = options;
  const entry = entryOf(text);
  // Not by our logger: what users' code prints, or the last words of a runtime that crashed.
  const said: LogEntry = { level: "info", time: now(), text, context: { worker: name } };
  if (!isPretty) return entry === undefined ? jsonLine(said) : `${text}\n`;
  return labelled(name, entry === undefined ? `${text}\n` : prettyLine(entry, hasColor), options);
}

function labelled(name: string, text: string, { names, hasColor }: ChildLogOptions): string {
  const width = Math.max(...names.map(({ length }) => length));
  const colour = COLOURS[Math.max(0, names.indexOf(name)) % COLOURS.length]!;
  const bare = `${name.padEnd(width)} |`;
  const label = hasColor ? `${colour}${bare}${RESET}` : bare;
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => `${label} ${line}\n`)
    .join("");
}

/** What our logger wrote as JSON; undefined for all else. */
function entryOf(line: string): LogEntry | undefined {
  if (!line.startsWith('{"level":')) return undefined;
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    // A line that was cut, or text that looks like one.
    return undefined;
  }
  if (typeof read !== "object" || read === null) return undefined;
  const { level, time, text, ...fields } = read as LogFields;
  if (typeof level !== "string" || typeof time !== "string" || typeof text !== "string") {
    return undefined;
  }
  if (!LEVELS.includes(level)) return undefined;
  return { level: level as LogLevel, time: Date.parse(time), text, context: {}, fields };
}
