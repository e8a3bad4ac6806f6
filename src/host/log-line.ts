/**
 * One log line as text: JSON for programs, or pretty for a terminal. Pure, and never throws: fields
 * become plain, bounded data first.
 */
import type { LogFields, LogLevel } from "../ports/logger.ts";
import { cut, plainFields, plainText } from "./log-fields.ts";

const LINE_MAX = 65_536;
/** Fields that come first, in this order. */
const LEADING = ["worker", "job", "step", "key"];
/** Of the leading ones, those that a terminal does not show as fields. */
const SHOWN_ELSEWHERE = ["worker", "job", "step"];
const OWN = new Set(["level", "time", "text"]);

export interface LogEntry {
  readonly level: LogLevel;
  /** ms since the epoch. */
  readonly time: number;
  readonly text: string;
  /** Where the line comes from: what whoever writes it cannot change. */
  readonly context: LogFields;
  readonly fields?: LogFields | undefined;
}

/** `{"level":"info","time":"...","worker":"w","job":"j","text":"...",...}` and a newline. */
export function jsonLine(entry: LogEntry): string {
  const line: Record<string, unknown> = { level: entry.level, time: isoTime(entry.time) };
  const fields = lineFields(entry);
  for (const name of LEADING) if (name in fields) line[name] = fields[name];
  line["text"] = plainText(entry.text);
  for (const [name, value] of Object.entries(fields)) line[name] = value;
  const text = JSON.stringify(line);
  if (text.length <= LINE_MAX) return `${text}\n`;
  const leading = LEADING.filter((name) => name in fields).map((name) => [name, fields[name]]);
  return `${JSON.stringify({
    level: entry.level,
    time: line["time"],
    ...Object.fromEntries(leading),
    text: line["text"],
    cut: `the fields of this line took ${text.length} characters, limit ${LINE_MAX}`,
  })}\n`;
}

/** A field must not pass for what we say ourselves. */
function lineFields({ context, fields }: LogEntry): Record<string, unknown> {
  const all = plainFields(context);
  for (const [name, value] of Object.entries(plainFields(fields))) {
    const isOurs = OWN.has(name) || Object.hasOwn(context, name);
    all[isOurs ? `${name}_` : name] = value;
  }
  return all;
}

const COLOURS: Readonly<Record<LogLevel, string>> = {
  debug: "\x1b[2m",
  info: "\x1b[36m",
  warn: "\x1b[33m",
  error: "\x1b[31m",
};
const RESET = "\x1b[0m";

/** `12:03:44.120 warn  source lines: text  field=value`, with the stack of an error below. */
export function prettyLine(entry: LogEntry, colour: boolean): string {
  const level = entry.level.padEnd(5);
  const head = `${isoTime(entry.time).slice(11, 23)} ${
    colour ? `${COLOURS[entry.level]}${level}${RESET}` : level
  }`;
  const fields = lineFields(entry);
  const step = fields["step"];
  const where = typeof step === "string" ? `${visible(step)}: ` : "";
  let tail = "";
  let stack = "";
  for (const [name, value] of Object.entries(fields)) {
    if (SHOWN_ELSEWHERE.includes(name)) continue;
    const text = errorText(value);
    if (text !== undefined) stack += `\n    ${name}: ${text.replaceAll("\n", "\n    ")}`;
    else tail += ` ${name}=${typeof value === "string" ? quoted(value) : JSON.stringify(value)}`;
  }
  const line = `${head} ${where}${visible(plainText(entry.text))}${tail}`;
  return `${cut(line + stack, LINE_MAX)}\n`;
}

function errorText(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("stack" in value)) return undefined;
  const { stack } = value;
  if (typeof stack !== "string" || stack === "") return undefined;
  if (!("cause" in value)) return stack;
  return `${stack}\ncaused by: ${errorText(value.cause) ?? JSON.stringify(value.cause)}`;
}

/** Control characters would move the cursor of whoever reads the log. */
function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => JSON.stringify(c).slice(1, -1));
}

function quoted(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : JSON.stringify(text);
}

function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "1970-01-01T00:00:00.000Z" : date.toISOString();
}
