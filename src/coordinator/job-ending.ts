/**
 * How a generation of a job ends (pure): the next is to follow, or the job is over.
 *
 * E1. What fails in one way for ATTEMPTS_MAX generations running is not tried again.
 * E2. The outcome is true only when every worker has let go, or had its time to.
 * E3. Where it is the newest checkpoint that cannot be read, the next generation looks whether an
 *     older one may be used, and the job is over when none may.
 */
import { RELEASE_MS } from "../model/limits.ts";
import type { JobAction } from "./job-events.ts";
import { enter, failed, holdsWorkers, type JobRun, type Outcome, workersOf } from "./job-run.ts";
import { breakRound } from "./rounds.ts";

/** Generations that may fail in one way, one after the other. */
export const ATTEMPTS_MAX = 3;
/** The way of failing that is a checkpoint which cannot be read. */
export const UNREADABLE = "unreadable";
/** Before the second attempt, the third and so on. */
const BACKOFF_MS = [0, 1_000, 2_000, 5_000, 10_000, 30_000];
/** After running so long, what failed before is forgotten. */
const HEALTHY_MS = 60_000;

export type Decision = [JobRun, readonly JobAction[]];

/** E1. The generation ends, and the next begins when it can. */
export function retry(
  run: JobRun,
  cause: { readonly place: string; readonly text: string; readonly isWaiting: boolean },
  now: number,
): Decision {
  const { text, place } = cause;
  const isHealthy = run.phase === "running" && now - run.phaseSince >= HEALTHY_MS;
  const isSame = place !== "" && place === run.failures.place && !isHealthy;
  const failures = { place, count: isSame ? run.failures.count + 1 : 1 };
  if (run.stop !== undefined) return end(run, failed(text), now);
  const isOver = place !== "" && failures.count >= ATTEMPTS_MAX;
  const all = `${ATTEMPTS_MAX} attempts failed one after the other, ${text}`;
  const suspect = isOver ? suspectOf(run, place, all) : run.suspect;
  if (isOver && suspect === undefined) return end(run, failed(all), now);
  const isSoon = !cause.isWaiting || isOver;
  const waitMs = isSoon ? 0 : BACKOFF_MS[Math.min(failures.count, BACKOFF_MS.length) - 1]!;
  const workers = workersOf(run);
  const [broken, answers] = breakRound(run, text);
  const next: JobRun = {
    ...enter(broken, { phase: "waiting", now }),
    notBefore: now + waitMs,
    failures,
    suspect,
    restarts: run.restarts + 1,
    lastEnd: text,
  };
  const { base } = next;
  const say =
    base === undefined
      ? `${text}; all begins anew, with empty state and sources from their start`
      : isOver
        ? `${all}; the files of checkpoint ${base.epoch} and of those before it are read back`
        : `${text}; all goes back to checkpoint ${base.epoch}`;
  return [
    next,
    [
      ...answers,
      { do: "tell", workers, message: { type: "release" } },
      { do: "say", level: "warn", text: say },
    ],
  ];
}

/** E3 */
function suspectOf({ base }: JobRun, place: string, text: string): JobRun["suspect"] {
  return place === UNREADABLE && base !== undefined ? { epoch: base.epoch, text } : undefined;
}

/** Releases the workers, then the outcome is true. */
export function end(run: JobRun, outcome: Outcome, now: number): Decision {
  const why = outcome.error ?? `the job is ${outcome.state}`;
  const [broken, answers] = breakRound(run, why);
  const decided = { ...broken, outcome };
  if (!holdsWorkers(run)) return withActions(answers, conclude(decided, now));
  const workers = workersOf(run);
  const next = enter(decided, { phase: "releasing", now, limitMs: RELEASE_MS, missing: workers });
  return [next, [...answers, { do: "tell", workers, message: { type: "release" } }]];
}

export function conclude(run: JobRun, now: number): Decision {
  const { committed, restarts, lastEnd } = run;
  const past = restarts === 0 ? {} : { restarts, lastEnd };
  const outcome = { ...run.outcome!, committed, ...past };
  return [{ ...enter(run, { phase: "ended", now }), outcome }, [{ do: "ended", outcome }]];
}

function withActions(first: readonly JobAction[], [run, actions]: Decision): Decision {
  return [run, [...first, ...actions]];
}
