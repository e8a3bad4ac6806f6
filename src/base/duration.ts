import { userError } from "./errors.ts";

/** Milliseconds, or a text such as `"250ms"`, `"5s"`, `"10m"`, `"1h"`, `"7d"`. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * The milliseconds of a duration.
 * @throws {WallarooError} `bad_duration` when it is not a duration, negative or not finite.
 */
export function durationMs(duration: string | number, what = "duration"): number {
  const ms = typeof duration === "number" ? duration : parse(duration);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const given = typeof duration === "string" ? JSON.stringify(duration) : String(duration);
  throw userError(
    "bad_duration",
    `${what} is ${given}: write milliseconds or a text like "250ms", "5s", "10m"`,
  );
}

function parse(text: unknown): number {
  if (typeof text !== "string") return Number.NaN; // from an app that is not type-checked
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  if (match === null) return Number.NaN;
  return Number(match[1]) * (UNITS[match[2]!] ?? Number.NaN);
}

/** For people: `1.5 s`, `240 ms`, `2 min`. */
export function durationText(ms: number): string {
  if (Math.round(ms) < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.round(ms / 60_000)} min`;
}
