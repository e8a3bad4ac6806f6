/** Which workers a job gets (pure). */
import { withoutBlamed } from "./blame.ts";
import { REGATHER_MS } from "../model/limits.ts";
import type { JobRun } from "./job-run.ts";
import { workersOf } from "./job-run.ts";
import type { Member, Members } from "./members.ts";

export interface GatherView {
  readonly run: JobRun;
  /** How many it is to have; undefined: all that are free. */
  readonly wanted: number | undefined;
  readonly members: Members;
  /** Names of workers that other jobs have. */
  readonly busy: ReadonlySet<string>;
  /** Names of workers that keep what the job has promised to. */
  readonly bound: ReadonlySet<string>;
  /** Monotonic ms. */
  readonly now: number;
}

/**
 * The workers for the next attempt, or undefined while it should wait: for the time of the attempt,
 * for those that it had, which have a moment to come back, or for any at all.
 */
export function gather(view: GatherView): readonly Member[] | undefined {
  const { run, wanted, members, busy, bound, now } = view;
  if (run.phase !== "waiting" || now < run.notBefore) return undefined;
  const here = [...members.values()].filter(({ introduction }) => !busy.has(introduction.name));
  const free = withoutBlamed(here, ({ introduction }) => introduction.name, run.blame, now);
  if (free.length === 0) return undefined;
  const isLate = now - Math.max(run.phaseSince, run.notBefore) >= REGATHER_MS;
  const had = workersOf(run);
  const isThere = (name: string): boolean => free.some((m) => m.introduction.name === name);
  const isMissing = !had.every(isThere) || (wanted !== undefined && free.length < wanted);
  // Those that come one after the other at the first start become one deployment too, where
  // nobody said how many there will be.
  const newest = Math.max(...free.map(({ since }) => since));
  const isFirst = wanted === undefined && had.length === 0 && run.restarts === 0;
  const isSettling = isFirst && now - newest < REGATHER_MS / 2;
  if ((isMissing || isSettling) && !isLate) return undefined;
  // Without some of them it cannot run. Those that it had come next, so that little moves.
  const rank = ({ introduction: { name } }: Member): number =>
    bound.has(name) ? 0 : had.includes(name) ? 1 : 2;
  const sorted = free.toSorted(
    (a, b) => rank(a) - rank(b) || (a.introduction.name < b.introduction.name ? -1 : 1),
  );
  return wanted === undefined ? sorted : sorted.slice(0, wanted);
}
