/**
 * The life of a job, decided (pure): deployed all or nothing, one recovery for every failure.
 *
 * J1. `start` is sent when every worker of the generation is ready, and not before.
 * J2. An event of another generation changes nothing.
 * J3. Every failure ends the generation. The next takes the job's log first, so that nothing of
 *     this one can be added behind it, and begins from the newest checkpoint there.
 * J4. What fails in one way for ATTEMPTS_MAX generations running is not tried again.
 * J5. Where the store lost the newest checkpoint nothing begins: outputs would come once more.
 */
import { assert, unreachable } from "../base/assert.ts";
import { durationText } from "../base/duration.ts";
import { compareGenerations, isSameGeneration, type Problem } from "../control/messages.ts";
import { DEPLOY_MS, RELEASE_MS } from "../model/limits.ts";
import { blamed } from "./blame.ts";
import { conclude, type Decision, end, retry, UNREADABLE } from "./job-ending.ts";
import type { JobAction, JobEvent, PartEvent } from "./job-events.ts";
import {
  enter,
  failed,
  holdsWorkers,
  type JobRun,
  problemText,
  withPast,
  workersOf,
} from "./job-run.ts";
import { lostCheckpoint } from "./lost-checkpoint.ts";
import { beginRound, onCommitted, onDamaged, onReported, onStored, damagedIn } from "./rounds.ts";
import { restoreOf } from "./snapshots.ts";

/** What workers say where a file of a checkpoint is not what was written, or cannot be read. */
const UNREADABLE_CODES: ReadonlySet<string> = new Set([
  "damaged",
  "file_missing",
  "foreign_file",
  "disk",
]);

/** `now`: monotonic ms. */
export function decideJob(run: JobRun, event: JobEvent, now: number): Decision {
  switch (event.type) {
    case "part":
      if (!isSameGeneration(event.generation, run.generation)) return [run, []]; // J2
      return onPart(run, event.worker, event.event, now);
    case "placed":
      return onPlaced(run, event, now);
    case "fenced":
      return onFenced(run, event, now);
    case "no_way_back":
      return onNoWayBack(run, event, now);
    case "stored":
      return onStored(run, event.manifest);
    case "damaged":
      return onDamaged(run, event.file);
    case "savepoints_damaged":
      return [{ ...run, damagedSavepoints: event.all }, []];
    case "store_lost":
      return onStoreLost(run, event.epoch, now);
    case "unplaceable":
      if (run.phase !== "waiting" && run.phase !== "fencing") return [run, []];
      return end(run, failed(event.why), now);
    case "lost":
      return onLost(run, event, now);
    case "stop":
      return onStop(run, event.how, now);
    case "round":
      return onRound(run, event.asker, now);
    case "clock":
      return onClock(run, now);
    default:
      return unreachable(event);
  }
}

function onPlaced(
  run: JobRun,
  { placement, generation, flow }: JobEvent & { readonly type: "placed" },
  now: number,
): Decision {
  if (run.phase !== "waiting") return [run, []];
  assert(placement.workers.length > 0, "a placement has workers");
  assert(compareGenerations(generation, run.generation) > 0, "generations only grow");
  const next = enter(run, { phase: "fencing", now });
  const fresh = { placement, generation, flow, drained: [], finalEpoch: undefined };
  const suspect = run.suspect?.epoch;
  return [{ ...next, ...fresh }, [{ do: "fence", generation, epoch: run.epoch, suspect }]];
}

function onFenced(
  run: JobRun,
  { generation, base, lastEpoch, newest, wentBack, past }: JobEvent & { readonly type: "fenced" },
  now: number,
): Decision {
  if (run.phase !== "fencing" || !isSameGeneration(generation, run.generation)) return [run, []];
  const { known } = run;
  const stored = { ...known, epoch: Math.max(known.epoch, run.base?.epoch ?? 0) };
  const lost = lostCheckpoint(run.job, stored, newest);
  if (lost !== undefined) return end(run, failed(lost), now); // J5
  const { placement } = run;
  assert(placement !== undefined, "a job that is fenced has a placement");
  const missing = placement.workers.map(({ name }) => name);
  const taken = withPast(run, past);
  const next = enter(taken, { phase: "preparing", now, limitMs: DEPLOY_MS, missing });
  const restore = restoreOf(base);
  const { epochs = 0, total = 0 } = base?.proof ?? {};
  // A coordinator that has just begun knows of no others.
  const proven = { epochs: Math.max(run.proven.epochs, epochs), before: total };
  return [
    {
      ...next,
      base,
      suspect: undefined,
      wentBack,
      // What could not be read is not gone on from.
      failures: run.suspect === undefined ? run.failures : { place: "", count: 0 },
      proven,
      damaged: damagedIn(base, run.damaged),
      epoch: Math.max(run.epoch, lastEpoch),
    },
    [{ do: "deploy", placement, generation, restore }],
  ];
}

function onNoWayBack(
  run: JobRun,
  { generation, why }: JobEvent & { readonly type: "no_way_back" },
  now: number,
): Decision {
  if (run.phase !== "fencing" || !isSameGeneration(generation, run.generation)) return [run, []];
  // Empty: it is not the checkpoint, and what workers said is all there is to say.
  const text = [run.suspect?.text ?? "it cannot begin", ...(why === "" ? [] : [why])].join("; ");
  return end(run, failed(text), now);
}

/** Whether the checkpoint exists is not known: the fence of the next generation finds out. */
function onStoreLost(run: JobRun, epoch: number, now: number): Decision {
  if (run.round.step !== "storing" || run.round.epoch !== epoch) return [run, []];
  const text = `whether checkpoint ${epoch} was stored cannot be told`;
  return retry(run, { place: "", text, isWaiting: false }, now);
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
    case "barrier_done": {
      const [next, actions, wrong] = onReported(run, event, worker, now);
      if (wrong === undefined) return [next, actions];
      // Who has reported last has no part in it.
      return retry(next, { place: wrong.code, text: wrong.message, isWaiting: true }, now);
    }
    case "committed": {
      const [next, actions, over] = onCommitted(run, event, worker, now);
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
  // They have committed what the checkpoint names before they opened anything.
  const committed = Math.max(run.committed, run.base?.epoch ?? 0);
  const next = { ...enter(run, { phase: "running", now }), committed };
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
  return next.round.step === "idle" ? lastRound(next, now) : [next, []];
}

function lastRound(run: JobRun, now: number): Decision {
  const [next, actions] = beginRound(run, now);
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
    const [next, more] = lastRound(run, now);
    return [next, [...actions, ...more]];
  }
  const state = stop === undefined ? "finished" : "stopped";
  const [next, more] = end(run, { state, error: undefined }, now);
  return [next, [...actions, ...more]];
}

function onProblem(run: JobRun, worker: string, problem: Problem, now: number): Decision {
  if (run.phase === "releasing") return [run, []];
  const text = problemText(problem, worker);
  if (problem.peer !== undefined) {
    const blame = blamed(run.blame, worker, problem.peer, now);
    const { leftOut } = blame;
    const more = leftOut === undefined ? "" : `; ${leftOut.worker} is left out for a while`;
    return retry({ ...run, blame }, { place: "", text: `${text}${more}`, isWaiting: false }, now);
  }
  // The same record would meet the same mistake again; a job that ran for a while may have met what
  // passes, such as a service that was away.
  const isHopeless = problem.domain === "user" && run.base === undefined;
  if (isHopeless) return end(run, failed(text), now);
  const place = UNREADABLE_CODES.has(problem.code) ? UNREADABLE : problem.code;
  return retry(run, { place, text, isWaiting: true }, now);
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

function onStop(run: JobRun, how: "drain" | "now", now: number): Decision {
  if (run.phase === "releasing" || run.phase === "ended") return [run, []];
  const stopped = { ...run, stop: how };
  const isUp = run.phase === "running" || run.phase === "draining" || run.phase === "finishing";
  if (how === "now" || !isUp) return end(stopped, { state: "stopped", error: undefined }, now);
  if (run.phase !== "running") return [stopped, []];
  const next = enter(stopped, { phase: "draining", now, limitMs: RELEASE_MS });
  return [next, [{ do: "tell", workers: workersOf(run), message: { type: "drain" } }]];
}

function onRound(run: JobRun, asker: number | undefined, now: number): Decision {
  const asked = asker === undefined ? run : { ...run, askers: [...run.askers, asker] };
  if (run.phase === "running" || run.phase === "draining") return beginRound(asked, now);
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

function withAction(action: JobAction, [run, actions]: Decision): Decision {
  return [run, [action, ...actions]];
}
