import type { Prng } from "../../base/prng.ts";
import { badOption } from "../bad-option.ts";

/** How many records, and how fast. */
export interface GeneratorPace {
  /** Records, then the source ends. Without it: no end. */
  readonly count?: number;
  /** Records per second. Without it: as fast as they are taken. */
  readonly rate?: number;
}

export interface GeneratorOptions<T> extends GeneratorPace {
  /**
   * Makes record `i`, from 0. `random` is valid during the call and depends on the seed and `i`
   * only, so that the same record comes again after a restart. Undefined: no record for this `i`.
   */
  readonly make: (i: number, random: Prng) => T;
  /** Default 0. The same seed gives the same records on every machine. */
  readonly seed?: number;
}

export interface GeneratorFromOptions<T> extends GeneratorPace {
  /** The first record. */
  readonly first: T;
  /** Makes the next record of the one before, which it must not change. Undefined: the end. */
  readonly next: (previous: T) => T | undefined;
}

export function checkPace(where: string, pace: GeneratorPace): void {
  const { count, rate } = pace;
  if (count !== undefined && !(Number.isSafeInteger(count) && count >= 0)) {
    throw badOption(where, `count is ${String(count)}: give a whole number, 0 or more`);
  }
  if (rate !== undefined && !(Number.isFinite(rate) && rate > 0)) {
    throw badOption(where, `rate is ${String(rate)}: give records per second, above 0`);
  }
}

export function checkFunction(where: string, option: string, value: unknown): void {
  if (typeof value === "function") return;
  throw badOption(where, `${option} is ${value === undefined ? "missing" : "no function"}`);
}

export function checkSeed(where: string, seed: number | undefined): void {
  if (seed === undefined || Number.isSafeInteger(seed)) return;
  throw badOption(where, `seed is ${String(seed)}: give a whole number`);
}

/** `, 5,000 records at 100/s` for people. */
export function paceText({ count, rate }: GeneratorPace): string {
  const many = count === undefined ? "" : `, ${count} record${count === 1 ? "" : "s"}`;
  return many + (rate === undefined ? "" : ` at ${rate}/s`);
}
