/**
 * One log line as text: JSON for programs, or pretty for a terminal. Pure. Whatever is given as a
 * field becomes bounded text: errors with their stack, cycles cut, secrets masked by their name.
 */
import type { LogFields, LogLevel } from "../ports/logger.ts";

const DEPTH_MAX = 6;
const ITEMS_MAX = 100;
const TEXT_MAX = 8_192;
const LINE_MAX = 65_536;
const SECRET =
  /token|passw(or)?d|secret|authorization|credential|cookie|api[_-]?key|private[_-]?key/i;
/** Fields that come first, in this order. */
const LEADING = ["worker", "job", "step"];
const OWN = new Set(["level", "time", "text"]);

export interface LogEntry {
  readonly level: LogLevel;
  /** ms since the epoch. */
  readonly time: number;
  readonly text: string;
  readonly fields: LogFields;
}

/** `{"level":"info","time":"...","worker":"w","job":"j","text":"...",...}` and a newline. */
export function jsonLine(entry: LogEntry): string {
  const line: Record<string, unknown> = { level: entry.level, time: isoTime(entry.time) };
  const fields = plainFields(entry.fields);
  for (const name of LEADING) if (name in fields) line[name] = fields[name];
  line["text"] = cut(entry.text, TEXT_MAX);
  // A field must not pass for what we say ourselves.
  for (const [name, value] of Object.entries(fields))
    line[OWN.has(name) ? `${name}_` : name] = value;
  const text = JSON.stringify(line);
  if (text.length <= LINE_MAX) return `${text}\n`;
  return `${JSON.stringify({
    level: entry.level,
    time: line["time"],
    text: line["text"],
    cut: `the fields of this line took ${text.length} characters, limit ${LINE_MAX}`,
  })}\n`;
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
  const fields = plainFields(entry.fields);
  const step = fields["step"];
  const where = typeof step === "string" ? `${visible(step)}: ` : "";
  let tail = "";
  let stack = "";
  for (const [name, value] of Object.entries(fields)) {
    if (LEADING.includes(name)) continue;
    const text = errorText(value);
    if (text !== undefined) stack += `\n    ${name}: ${text.replaceAll("\n", "\n    ")}`;
    else tail += ` ${name}=${typeof value === "string" ? quoted(value) : JSON.stringify(value)}`;
  }
  const line = `${head} ${where}${visible(cut(entry.text, TEXT_MAX))}${tail}`;
  return `${cut(line + stack, LINE_MAX)}\n`;
}

/** The fields as plain, bounded data. Never throws. */
export function plainFields(fields: LogFields): Record<string, unknown> {
  const plain = toPlain(fields, 0, new Set());
  return typeof plain === "object" && plain !== null ? { ...plain } : {};
}

function toPlain(value: unknown, depth: number, above: Set<object>): unknown {
  switch (typeof value) {
    case "string":
      return cut(value, TEXT_MAX);
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint":
    case "symbol":
      return value.toString();
    case "function":
      return "[function]";
    case "object":
      return value === null ? null : objectToPlain(value, depth, above);
    default:
      return value;
  }
}

function objectToPlain(value: object, depth: number, above: Set<object>): unknown {
  if (above.has(value)) return "[circular]";
  if (depth >= DEPTH_MAX) return "[deeper]";
  above.add(value);
  try {
    if (value instanceof Error) return errorToPlain(value, depth, above);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[bad date]" : value.toJSON();
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof Map) return listToPlain([...value], depth, above);
    if (value instanceof Set) return listToPlain([...value], depth, above);
    if (Array.isArray(value)) return listToPlain(value, depth, above);
    const plain: Record<string, unknown> = {};
    const names = Object.keys(value);
    for (const name of names.slice(0, ITEMS_MAX)) {
      const field: unknown = Reflect.get(value, name);
      plain[name] = SECRET.test(name) ? "[masked]" : toPlain(field, depth + 1, above);
    }
    if (names.length > ITEMS_MAX) plain["..."] = `${names.length - ITEMS_MAX} more`;
    return plain;
  } catch (error) {
    return `[unreadable: ${error instanceof Error ? error.message : "getter threw"}]`;
  } finally {
    above.delete(value);
  }
}

function listToPlain(list: readonly unknown[], depth: number, above: Set<object>): unknown[] {
  const plain = list.slice(0, ITEMS_MAX).map((item) => toPlain(item, depth + 1, above));
  if (list.length > ITEMS_MAX) plain.push(`${list.length - ITEMS_MAX} more`);
  return plain;
}

function errorToPlain(error: Error, depth: number, above: Set<object>): unknown {
  const plain: Record<string, unknown> = {
    name: error.name,
    message: cut(error.message, TEXT_MAX),
  };
  if ("code" in error) plain["code"] = toPlain(error.code, depth + 1, above);
  plain["stack"] = typeof error.stack === "string" ? cut(error.stack, TEXT_MAX) : undefined;
  if (error.cause !== undefined) plain["cause"] = toPlain(error.cause, depth + 1, above);
  return plain;
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

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}... (${text.length} characters)`;
}

function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "1970-01-01T00:00:00.000Z" : date.toISOString();
}
