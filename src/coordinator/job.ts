/**
 * The life of a job, decided (pure): deployed all or nothing, one recovery for every failure.
 *
 * J1. `start` is sent when every worker of the generation is ready, and not before.
 * J2. An event of another generation changes nothing.
 * J3. Every failure ends the generation: the next one begins with empty state and sources from
 *     their start, until there are checkpoints.
 * J4. What fails in one way for ATTEMPTS_MAX generations running is not tried again.
 */
import { assert, unreachable } from "../base/assert.ts";
import { durationText } from "../base/duration.ts";
import { compareGenerations, isSameGeneration, type Problem } from "../control/messages.ts";
import { DEPLOY_MS, RELEASE_MS } from "../model/limits.ts";
import type { JobAction, JobEvent, PartEvent } from "./job-events.ts";
import {
  enter,
  failed,
  holdsWorkers,
  type JobRun,
  type Outcome,
  problemText,
  workersOf,
} from "./job-run.ts";
import { advanceRound, beginRound, breakRound } from "./rounds.ts";

/** Generations that may fail in one way, one after the other. */
export const ATTEMPTS_MAX = 3;
/** Before the second attempt, the third and so on. */
const BACKOFF_MS = [0, 1_000, 2_000, 5_000, 10_000, 30_000];
/** After running so long, what failed before is forgotten. */
const HEALTHY_MS = 60_000;

type Decision = [JobRun, readonly JobAction[]];

/** `now`: monotonic ms. */
export function decideJob(run: JobRun, event: JobEvent, now: number): Decision {
  switch (event.type) {
    case "part":
      if (!isSameGeneration(event.generation, run.generation)) return [run, []]; // J2
      return onPart(run, event.worker, event.event, now);
    case "placed":
      return onPlaced(run, event, now);
    case "unplaceable":
      if (run.phase !== "waiting") return [run, []];
      return end(run, failed(event.why), now);
    case "lost":
      return onLost(run, event, now);
    case "stop":
      return onStop(run, event.how, now);
    case "round":
      return onRound(run, event.asker);
    case "clock":
      return onClock(run, now);
    default:
      return unreachable(event);
  }
}

function onPlaced(
  run: JobRun,
  { placement, generation }: JobEvent & { readonly type: "placed" },
  now: number,
): Decision {
  if (run.phase !== "waiting") return [run, []];
  assert(placement.workers.length > 0, "a placement has workers");
  assert(compareGenerations(generation, run.generation) > 0, "generations only grow");
  const missing = placement.workers.map(({ name }) => name);
  const next = enter(run, { phase: "preparing", now, limitMs: DEPLOY_MS, missing });
  const fresh = { placement, generation, drained: [], finalEpoch: undefined };
  return [{ ...next, ...fresh }, [{ do: "deploy", placement, generation }]];
}

function onPart(run: JobRun, worker: string, event: PartEvent, now: number): Decision {
  if (!holdsWorkers(run) || !workersOf(run).includes(worker)) return [run, []];
  switch (event.type) {
    case "ready":
      return run.phase === "preparing" ? onReady(answered(run, worker), now) : [run, []];
    case "started":
      return run.phase === "opening" ? onStarted(answered(run, worker), now) : [run, []];
    case "drained":
      return onDrained(run, worker, now);
    case "barrier_done":
    case "committed": {
      const [next, actions, over] = advanceRound(run, event, worker);
      return over === undefined ? [next, actions] : afterRound(next, actions, over.isSealed, now);
    }
    case "released": {
      if (run.phase !== "releasing") return [run, []];
      const next = answered(run, worker);
      return next.missing.length === 0 ? conclude(next, now) : [next, []];
    }
    case "refused":
    case "failed":
      return onProblem(run, worker, event.problem, now);
    default:
      return unreachable(event);
  }
}

function answered(run: JobRun, worker: string): JobRun {
  return { ...run, missing: run.missing.filter((name) => name !== worker) };
}

/** J1 */
function onReady(run: JobRun, now: number): Decision {
  if (run.missing.length > 0) return [run, []];
  const workers = workersOf(run);
  const next = enter(run, { phase: "opening", now, limitMs: DEPLOY_MS, missing: workers });
  return [next, [{ do: "tell", workers, message: { type: "start" } }]];
}

function onStarted(run: JobRun, now: number): Decision {
  if (run.missing.length > 0) return [run, []];
  const next = enter(run, { phase: "running", now });
  const workers = workersOf(run);
  const say = { do: "say", level: "info", text: `it runs on ${workers.join(", ")}` } as const;
  return next.drained.length === workers.length
    ? withAction(say, finish(next, now))
    : [next, [say]];
}

function onDrained(run: JobRun, worker: string, now: number): Decision {
  if (run.phase === "releasing" || run.drained.includes(worker)) return [run, []];
  const next = { ...run, drained: [...run.drained, worker] };
  const isAll = next.drained.length === workersOf(run).length;
  const isUp = run.phase === "running" || run.phase === "draining";
  return isAll && isUp ? finish(next, now) : [next, []];
}

/** All input is processed: one more epoch, behind one that is under way. */
function finish(run: JobRun, now: number): Decision {
  const next = enter(run, { phase: "finishing", now });
  return next.round.step === "idle" ? lastRound(next) : [next, []];
}

function lastRound(run: JobRun): Decision {
  const [next, actions] = beginRound(run);
  return [{ ...next, finalEpoch: next.epoch }, actions];
}

function afterRound(
  run: JobRun,
  actions: readonly JobAction[],
  isSealed: boolean,
  now: number,
): Decision {
  if (run.phase !== "finishing") return [run, actions];
  const { finalEpoch, round, stop } = run;
  // Sinks that the data made may need more epochs than one.
  if (finalEpoch === undefined || !isSealed) {
    // Somebody asked for an epoch meanwhile: it began behind all input too.
    if (round.step !== "idle") return [{ ...run, finalEpoch: round.epoch }, actions];
    const [next, more] = lastRound(run);
    return [next, [...actions, ...more]];
  }
  const state = stop === undefined ? "finished" : "stopped";
  const [next, more] = end(run, { state, error: undefined }, now);
  return [next, [...actions, ...more]];
}

function onProblem(run: JobRun, worker: string, problem: Problem, now: number): Decision {
  if (run.phase === "releasing") return [run, []];
  const text = problemText(problem, worker);
  // The same record would meet the same mistake again: nothing is there to take it from elsewhere.
  if (problem.domain === "user") return end(run, failed(text), now);
  return retry(run, { place: problem.code, text, isWaiting: true }, now);
}

function onLost(run: JobRun, event: JobEvent & { readonly type: "lost" }, now: number): Decision {
  const { worker, why } = event;
  if (!holdsWorkers(run) || !workersOf(run).includes(worker)) return [run, []];
  if (run.phase === "releasing") {
    const next = answered(run, worker);
    return next.missing.length === 0 ? conclude(next, now) : [next, []];
  }
  const text = `worker ${worker} is gone: ${why}`;
  if (run.stop !== undefined) {
    return end(run, failed(`${text}, while the job drained: what was inside is lost`), now);
  }
  return retry(run, { place: "", text, isWaiting: false }, now);
}

/** J3, J4 */
function retry(
  run: JobRun,
  cause: { readonly place: string; readonly text: string; readonly isWaiting: boolean },
  now: number,
): Decision {
  const { text, place } = cause;
  const isHealthy = run.phase === "running" && now - run.phaseSince >= HEALTHY_MS;
  const isSame = place !== "" && place === run.failures.place && !isHealthy;
  const failures = { place, count: isSame ? run.failures.count + 1 : 1 };
  if (run.stop !== undefined) return end(run, failed(text), now);
  if (place !== "" && failures.count >= ATTEMPTS_MAX) {
    return end(run, failed(`${ATTEMPTS_MAX} attempts failed one after the other, ${text}`), now);
  }
  const waitMs = cause.isWaiting ? BACKOFF_MS[Math.min(failures.count, BACKOFF_MS.length) - 1]! : 0;
  const workers = workersOf(run);
  const [broken, answers] = breakRound(run, text);
  const next: JobRun = {
    ...enter(broken, { phase: "waiting", now }),
    notBefore: now + waitMs,
    failures,
    restarts: run.restarts + 1,
    lastEnd: text,
  };
  const say = `${text}; all begins anew, with empty state and sources from their start`;
  return [
    next,
    [
      ...answers,
      { do: "tell", workers, message: { type: "release" } },
      { do: "say", level: "warn", text: say },
    ],
  ];
}

function onStop(run: JobRun, how: "drain" | "now", now: number): Decision {
  if (run.phase === "releasing" || run.phase === "ended") return [run, []];
  const stopped = { ...run, stop: how };
  if (how === "now" || run.phase === "waiting" || run.phase === "preparing") {
    return end(stopped, { state: "stopped", error: undefined }, now);
  }
  if (run.phase === "opening") return end(stopped, { state: "stopped", error: undefined }, now);
  if (run.phase !== "running") return [stopped, []];
  const next = enter(stopped, { phase: "draining", now, limitMs: RELEASE_MS });
  return [next, [{ do: "tell", workers: workersOf(run), message: { type: "drain" } }]];
}

function onRound(run: JobRun, asker: number | undefined): Decision {
  const asked = asker === undefined ? run : { ...run, askers: [...run.askers, asker] };
  if (run.phase === "running" || run.phase === "draining") return beginRound(asked);
  if (asker === undefined) return [run, []];
  if (run.phase === "finishing") return [asked, []];
  const why = `the job is ${run.phase === "ended" ? "over" : run.phase}`;
  return [run, [{ do: "answer", askers: [asker], why }]];
}

function onClock(run: JobRun, now: number): Decision {
  if (now < run.deadline) return [run, []];
  if (run.phase === "releasing") return conclude(run, now);
  const left = workersOf(run).filter((name) => !run.drained.includes(name));
  const late = (run.phase === "draining" ? left : run.missing).join(", ");
  const limit = durationText(now - run.phaseSince);
  const text = `${late} did not answer within ${limit} while the job was ${run.phase}`;
  if (run.phase === "draining") return end(run, failed(`${text}: what was inside is lost`), now);
  return retry(run, { place: "late", text, isWaiting: true }, now);
}

/** Releases the workers, then the outcome is true. */
function end(run: JobRun, outcome: Outcome, now: number): Decision {
  const why = outcome.error ?? `the job is ${outcome.state}`;
  const [broken, answers] = breakRound(run, why);
  const decided = { ...broken, outcome };
  if (!holdsWorkers(run)) return withActions(answers, conclude(decided, now));
  const workers = workersOf(run);
  const next = enter(decided, { phase: "releasing", now, limitMs: RELEASE_MS, missing: workers });
  return [next, [...answers, { do: "tell", workers, message: { type: "release" } }]];
}

function conclude(run: JobRun, now: number): Decision {
  const outcome = run.outcome!;
  return [enter(run, { phase: "ended", now }), [{ do: "ended", outcome }]];
}

function withAction(action: JobAction, [run, actions]: Decision): Decision {
  return [run, [action, ...actions]];
}

function withActions(first: readonly JobAction[], [run, actions]: Decision): Decision {
  return [run, [...first, ...actions]];
}
