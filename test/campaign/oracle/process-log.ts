/** What logs of processes tell: failed assertions, unhandled errors, when who was missed. */

export interface LogLine {
  readonly level: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Lines that are no JSON are told as they are: the engine writes none, but for the line in which
 *  it was killed. */
export function readLogLine(line: string): LogLine {
  try {
    const fields = JSON.parse(line) as Record<string, unknown>; // Of our own process.
    const at = Date.parse(String(fields["time"]));
    return { level: String(fields["level"]), at, text: String(fields["text"]), fields };
  } catch {
    return { level: "error", at: NaN, text: line, fields: {} };
  }
}

/** What no fault from outside may ever cause. */
const NEVER = [/nobody handled/i, /\bassert/i, /internal error/i, /segmentation fault/i, /panic/i];

export function wrongIn(lines: readonly LogLine[]): readonly string[] {
  const isWrong = ({ text, at, fields, level }: LogLine): boolean =>
    (Number.isNaN(at) && !text.startsWith('{"level":')) ||
    NEVER.some((pattern) => pattern.test(text)) ||
    (level === "error" && JSON.stringify(fields).includes('"domain":"internal"'));
  return lines.filter(isWrong).map(({ text, fields }) => `${text} ${JSON.stringify(fields)}`);
}

/** When the coordinator said first, at `from` or later, that a worker is gone. */
export function missedAt(
  lines: readonly LogLine[],
  worker: string,
  from: number,
): number | undefined {
  const isIt = ({ at, text, fields }: LogLine): boolean =>
    at >= from && text === "a worker is gone" && fields["member"] === worker;
  return lines.find(isIt)?.at;
}
