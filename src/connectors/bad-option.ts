import { userError, type WallarooError } from "../base/errors.ts";
import { durationMs } from "../base/duration.ts";

/** An option of a connector that cannot be: where, what was given, what is possible. */
export function badOption(where: string, message: string): WallarooError {
  return userError("bad_option", `${where}: ${message}`);
}

/** Refuses what has no such method: a codec that is missing or was forgotten to be called. */
export function checkMethod(where: string, option: string, value: unknown, method: string): void {
  if (typeof value === "object" && value !== null) {
    if (typeof (value as Readonly<Record<string, unknown>>)[method] === "function") return;
  }
  throw badOption(
    where,
    `${option} is ${value === undefined ? "missing" : "no codec"}: give utf8, json() or a codec`,
  );
}

/** Refuses what is no text, or an empty one. */
export function checkText(where: string, option: string, value: unknown): void {
  if (typeof value === "string" && value !== "") return;
  const given = value === undefined ? "missing" : JSON.stringify(value);
  throw badOption(where, `${option} is ${given}: give a text`);
}

/** Refuses what is not one of `choices`; undefined passes. */
export function checkChoice(
  where: string,
  option: string,
  value: unknown,
  choices: readonly string[],
): void {
  if (value === undefined || choices.some((choice) => choice === value)) return;
  throw badOption(where, `${option} is ${JSON.stringify(value)}: use ${choices.join(" or ")}`);
}

/** A duration of at least 1 ms. */
export function checkInterval(where: string, option: string, value: number | string): number {
  const ms = durationMs(value, `${where}: ${option}`);
  if (ms >= 1) return ms;
  throw badOption(where, `${option} is ${JSON.stringify(value)}: it is at least 1 ms`);
}
