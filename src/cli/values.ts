/** Values of arguments and flags: texts to numbers, addresses, durations (pure). */
import { durationMs } from "../base/duration.ts";
import { messageOf } from "../base/errors.ts";
import { CHECKPOINT_INTERVAL_MS_MAX, CHECKPOINT_INTERVAL_MS_MIN } from "../model/limits.ts";
import { LogLevels } from "../model/log-levels.ts";
import { LOG_LEVELS, type LogLevel } from "../ports/logger.ts";
import type { Address } from "../ports/network.ts";
import { type Parse, usageError } from "./command.ts";
import { didYouMean } from "./suggest.ts";

export const text: Parse<string> = (value) => value;

/** A text that is not empty. */
export const word: Parse<string> = (value) => {
  if (value === "") throw usageError("it is empty");
  return value;
};

/** A whole number. */
export function count(
  limits: { readonly min?: number; readonly max?: number } = {},
): Parse<number> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = limits;
  return (value) => {
    const number = /^[+-]?\d[\d_,]*$/.test(value) ? Number(value.replace(/[_,]/g, "")) : Number.NaN;
    if (!Number.isSafeInteger(number)) {
      throw usageError(`${JSON.stringify(value)} is no whole number`);
    }
    return between(number, min, max);
  };
}

/** A number above 0, with or without a fraction: `1000`, `0.5`, `1e6`. */
export const positive: Parse<number> = (value) => {
  const number = /^[\d.]+(e\d+)?$/i.test(value) ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) throw usageError(`${JSON.stringify(value)} is no number above 0`);
  if (number <= 0) throw usageError("it must be above 0");
  return number;
};

/** Milliseconds of `250ms`, `5s`, `10m`. */
export const duration: Parse<number> = (value) => {
  if (!/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(value)) {
    throw usageError(`${JSON.stringify(value)} is no duration: write "250ms", "5s", "10m"`);
  }
  return durationMs(value);
};

/** ms */
export const checkpointInterval: Parse<number> = (value) => {
  const ms = duration(value);
  if (ms >= CHECKPOINT_INTERVAL_MS_MIN && ms <= CHECKPOINT_INTERVAL_MS_MAX) return Math.round(ms);
  throw usageError(`${JSON.stringify(value)} is refused: a checkpoint is taken each 250ms to 1d`);
};

/** `HOST:PORT`, `[IPv6]:PORT`, `:PORT` and `PORT` (on 127.0.0.1). */
export const address: Parse<Address> = (value) => {
  const match = /^(?:(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]\s/]*)):)?(-?\d+)$/.exec(value);
  if (match === null) {
    const why = value.includes("://") ? "no scheme belongs there; " : "";
    throw usageError(`${JSON.stringify(value)} is no HOST:PORT: ${why}write 127.0.0.1:7010`);
  }
  const port = Number(match[3]);
  if (port < 0 || port > 65_535) throw usageError(`port ${match[3]} is not between 0 and 65535`);
  return { host: match[1] ?? (match[2] || "127.0.0.1"), port };
};

/** An address to connect to: port 0 means nothing there. */
export const target: Parse<Address> = (value) => {
  const found = address(value);
  if (found.port === 0) throw usageError("port 0 is no port to connect to: write 1 to 65535");
  return found;
};

/** `http://host:port`, without a path at the end. */
export const httpUrl: Parse<string> = (value) => {
  const url = URL.parse(value);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw usageError(`${JSON.stringify(value)} is no URL: write http://127.0.0.1:7401`);
  }
  return url.href.replace(/\/+$/, "");
};

export function oneOf<W extends string>(words: readonly W[]): Parse<W> {
  return (value) => {
    const found = words.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    const near = didYouMean(value, words);
    throw usageError(`${JSON.stringify(value)} is none of ${words.join(", ")}${near}`);
  };
}

/** `name=value`, as a pair. */
export const setting: Parse<readonly [string, string]> = (value) => {
  const at = value.indexOf("=");
  if (at < 1) throw usageError(`${JSON.stringify(value)} is no name=value`);
  return [value.slice(0, at), value.slice(at + 1)];
};

/** `LEVEL` for all, or `STEP=LEVEL`. */
export const logLevel: Parse<readonly [string | undefined, LogLevel]> = (value) => {
  const at = value.lastIndexOf("=");
  const level = oneOf(LOG_LEVELS)(value.slice(at + 1));
  if (at === 0) throw usageError(`${JSON.stringify(value)} names no step before the =`);
  return [at === -1 ? undefined : value.slice(0, at), level];
};

/** The levels that were given, the last of a kind; `info` without. */
export function levelsOf(given: readonly (readonly [string | undefined, LogLevel])[]): LogLevels {
  const levels = new LogLevels();
  for (const [step, level] of given) {
    if (step === undefined) levels.set(level);
    else levels.setStep(step, level);
  }
  return levels;
}

/** `host:port`, an IPv6 host in brackets. */
export function addressText({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Reads a value for `what`, which the message begins with. */
export function readValue<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw usageError(`${what}: ${messageOf(error)}`);
  }
}

function between(value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  const limit = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `${min} to ${max}`;
  throw usageError(`${value} is out of range: ${limit}`);
}
