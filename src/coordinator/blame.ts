/**
 * Workers that see the coordinator and not each other (pure): the job must not begin again and
 * again on both.
 *
 * B1. Of those who took part in several losses lately one is left out for a while: who took part in
 *     most; of two that lost each other the same one, whoever of them complains.
 * B2. Who is left out is used all the same when there is nobody else.
 */
import { LEFT_OUT_MS } from "../model/limits.ts";

/** Losses that somebody has to take part in to be left out. */
const LOSSES_MIN = 2;

interface Loss {
  readonly workers: readonly [string, string];
  /** Monotonic ms. */
  readonly at: number;
}

export interface Blame {
  /** Those of the last while. */
  readonly losses: readonly Loss[];
  readonly leftOut: { readonly worker: string; readonly until: number } | undefined;
}

/** A generation ended because `worker` lost `peer`. `now`: monotonic ms. */
export function blamed(
  before: Blame | undefined,
  worker: string,
  peer: string,
  now: number,
): Blame {
  const known = before?.losses.filter(({ at }) => now - at < LEFT_OUT_MS) ?? [];
  const losses = [...known, { workers: [worker, peer] as const, at: now }];
  const names = losses.flatMap(({ workers }) => workers);
  const countOf = (name: string): number => names.filter((one) => one === name).length;
  const [most] = [...new Set(names)].sort((a, b) => countOf(b) - countOf(a) || (a < b ? 1 : -1));
  if (most === undefined || countOf(most) < LOSSES_MIN) {
    return { losses, leftOut: before?.leftOut };
  }
  // B1. What it took part in is answered by this.
  const others = losses.filter(({ workers }) => !workers.includes(most));
  return { losses: others, leftOut: { worker: most, until: now + LEFT_OUT_MS } };
}

/** Those that a job may be given. */
export function withoutBlamed<T>(
  free: readonly T[],
  nameOf: (one: T) => string,
  blame: Blame | undefined,
  now: number,
): readonly T[] {
  const leftOut = blame?.leftOut;
  if (leftOut === undefined || now >= leftOut.until) return free;
  const others = free.filter((one) => nameOf(one) !== leftOut.worker);
  return others.length === 0 ? free : others; // B2
}
