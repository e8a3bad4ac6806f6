/**
 * Epochs of a job (pure): a barrier from all sources, sinks prepare; when all workers have told so,
 * all commit. One at a time.
 *
 * R1. Nothing is committed before every worker has prepared.
 * R2. Who asks for an epoch gets one whose barrier was sent after the question.
 */
import type { JobAction, PartEvent } from "./job-events.ts";
import { type JobRun, workersOf } from "./job-run.ts";

type Decision = [JobRun, readonly JobAction[]];

/** Begins an epoch, unless one is under way. */
export function beginRound(run: JobRun): Decision {
  if (run.round.step !== "idle") return [run, []];
  const epoch = run.epoch + 1;
  const workers = workersOf(run);
  return [
    {
      ...run,
      epoch,
      askers: [],
      round: { step: "aligning", epoch, missing: workers, isSealed: true, askers: run.askers },
    },
    [{ do: "tell", workers, message: { type: "barrier", epoch } }],
  ];
}

type RoundEvent = PartEvent & { readonly type: "barrier_done" | "committed" };

/** A worker prepared, or committed. Tells of the epoch that is over by it. */
export function advanceRound(
  run: JobRun,
  event: RoundEvent,
  worker: string,
): [...Decision, over: { readonly isSealed: boolean } | undefined] {
  const { round } = run;
  const step = event.type === "barrier_done" ? "aligning" : "committing";
  if (round.step !== step || round.epoch !== event.epoch) return [run, [], undefined];
  const missing = round.missing.filter((name) => name !== worker);
  const isSealed = round.isSealed && (event.type !== "committed" || event.isSealed);
  if (missing.length > 0)
    return [{ ...run, round: { ...round, missing, isSealed } }, [], undefined];
  const { epoch } = round;
  const workers = workersOf(run);
  if (step === "aligning") {
    const next: JobRun = { ...run, round: { ...round, step: "committing", missing: workers } };
    return [next, [{ do: "tell", workers, message: { type: "commit", epoch } }], undefined]; // R1
  }
  const done: JobRun = { ...run, round: { step: "idle" } };
  const answers: JobAction[] =
    round.askers.length === 0 ? [] : [{ do: "answer", askers: round.askers, epoch }];
  // R2: those who asked meanwhile need a barrier of their own.
  const [next, more] = run.askers.length > 0 ? beginRound(done) : [done, []];
  return [next, [...answers, ...more], { isSealed }];
}

/** Ends what is under way: nothing of it happens any more. */
export function breakRound(run: JobRun, why: string): Decision {
  const askers = [...(run.round.step === "idle" ? [] : run.round.askers), ...run.askers];
  const next: JobRun = { ...run, round: { step: "idle" }, askers: [] };
  return [next, askers.length === 0 ? [] : [{ do: "answer", askers, why }]];
}
