/**
 * Epochs of a job (pure): a barrier from all sources, workers report what is durable; when all
 * have, the manifest is stored, and then all commit. One at a time.
 *
 * R1. Nothing is stored before every worker has reported, nothing committed before it is stored.
 * R2. Who asks for an epoch gets one whose barrier was sent after the question.
 * R3. Where nothing is different from the newest checkpoint, no other is stored.
 * R4. Nothing is stored where records do not add up.
 * R5. A checkpoint that names a damaged file is followed by one that does not.
 */
import { durationText } from "../base/duration.ts";
import type { Manifest } from "../model/checkpoint.ts";
import { namesOf } from "../model/checkpoint-files.ts";
import type { JobAction, PartEvent } from "./job-events.ts";
import type { Problem } from "../control/messages.ts";
import { DAMAGED_FILES_MAX, ROUND_LATE_MS } from "../model/limits.ts";
import { type JobRun, workersOf } from "./job-run.ts";
import { proofOf } from "./proof.ts";
import { isSameSnapshot, joinSnapshots } from "./snapshots.ts";

type Decision = [JobRun, readonly JobAction[]];

/** Begins an epoch, unless one is under way. */
export function beginRound(run: JobRun, now: number): Decision {
  if (run.round.step !== "idle") return [run, []];
  const epoch = run.epoch + 1;
  const workers = workersOf(run);
  const { askers } = run;
  const begun = { epoch, missing: workers, since: now, parts: [], isSealed: true, askers };
  return [
    { ...run, epoch, askers: [], round: { step: "aligning", ...begun } },
    [{ do: "tell", workers, message: { type: "barrier", epoch, damaged: run.damaged } }],
  ];
}

/** A worker has reported: when all have, the checkpoint is stored. */
export function onReported(
  run: JobRun,
  event: PartEvent & { readonly type: "barrier_done" },
  worker: string,
  now: number,
): [...Decision, wrong?: Problem] {
  const { round } = run;
  if (round.step !== "aligning" || round.epoch !== event.epoch) return [run, []];
  if (!round.missing.includes(worker)) return [run, []];
  const missing = round.missing.filter((name) => name !== worker);
  const parts = [...round.parts, event.snapshot];
  if (missing.length > 0) return [{ ...run, round: { ...round, missing, parts } }, []];
  const { flow: map, placement } = run;
  const carried = proofOf({ epoch: round.epoch, parts, map, placement });
  if ("code" in carried) return [run, [], carried]; // R4
  const { before } = run.proven;
  const epochs = run.proven.epochs + 1;
  const proof = { ...carried, total: before + carried.records, epochs };
  const snapshot = joinSnapshots(parts);
  const storing = { ...round, step: "storing", missing: [], parts: [] } as const;
  const stored: JobRun = { ...run, proven: { epochs, before }, round: storing };
  if (isSameSnapshot(snapshot, run.base)) return commitRound(stored); // R3
  const { epoch, since } = round;
  const isFinal = run.phase === "finishing" && run.finalEpoch === epoch;
  return [stored, [{ do: "store", epoch, snapshot, proof, tookMs: now - since, isFinal }]];
}

/** R1. The checkpoint exists: it commits, whatever happens now. */
export function onStored(run: JobRun, manifest: Manifest): Decision {
  const { round } = run;
  if (round.step !== "storing" || round.epoch !== manifest.epoch) return [run, []];
  const damaged = damagedIn(manifest, run.damaged);
  const [next, actions] = commitRound({ ...run, base: manifest, damaged });
  if (damaged.length === 0 && run.damaged.length > 0) {
    const text = `checkpoint ${manifest.epoch} does without the files that were damaged`;
    return [next, [...actions, { do: "say", level: "info", text }]];
  }
  return [next, actions];
}

/** A file was read back, and is wrong: workers write what is in it anew, each barrier again until
 *  a checkpoint does without it. R5 */
export function onDamaged(run: JobRun, file: string): Decision {
  if (run.base === undefined) return [run, []];
  const all = [...new Set([...run.damaged, file])].slice(0, DAMAGED_FILES_MAX);
  return [{ ...run, damaged: damagedIn(run.base, all) }, []];
}

/** Those that a checkpoint names. */
export function damagedIn(base: Manifest | undefined, files: readonly string[]): readonly string[] {
  const named = new Set(base === undefined ? [] : namesOf(base));
  return files.filter((name) => named.has(name));
}

function commitRound(run: JobRun): Decision {
  const { round } = run;
  if (round.step === "idle") return [run, []];
  const { epoch } = round;
  const workers = workersOf(run);
  const next: JobRun = { ...run, round: { ...round, step: "committing", missing: workers } };
  return [next, [{ do: "tell", workers, message: { type: "commit", epoch } }]];
}

/** A worker has committed. Tells of the epoch that is over by it. */
export function onCommitted(
  run: JobRun,
  event: PartEvent & { readonly type: "committed" },
  worker: string,
  now: number,
): [...Decision, over: { readonly isSealed: boolean } | undefined] {
  const { round } = run;
  if (round.step !== "committing" || round.epoch !== event.epoch) return [run, [], undefined];
  const missing = round.missing.filter((name) => name !== worker);
  const isSealed = round.isSealed && event.isSealed;
  if (missing.length > 0)
    return [{ ...run, round: { ...round, missing, isSealed } }, [], undefined];
  const { epoch } = round;
  const done: JobRun = { ...run, round: { step: "idle" }, committed: epoch };
  const answers: JobAction[] =
    round.askers.length === 0 ? [] : [{ do: "answer", askers: round.askers, epoch }];
  // R2: those who asked meanwhile need a barrier of their own.
  const [next, more] = run.askers.length > 0 ? beginRound(done, now) : [done, []];
  return [next, [...answers, ...more], { isSealed }];
}

/** Ends what is under way: nothing of it happens any more. */
export function breakRound(run: JobRun, why: string): Decision {
  const askers = [...(run.round.step === "idle" ? [] : run.round.askers), ...run.askers];
  const next: JobRun = { ...run, round: { step: "idle" }, askers: [] };
  return [next, askers.length === 0 ? [] : [{ do: "answer", askers, why }]];
}

/** What an epoch waits for that is under way for long, for people. */
export function lateRound({ round }: JobRun, now: number): string | undefined {
  if (round.step === "idle" || now - round.since < ROUND_LATE_MS) return undefined;
  const workers = round.missing.join(", ");
  const whom = {
    aligning: `${workers} to report it`,
    storing: "the store to take it",
    committing: `the sinks of ${workers} to commit it`,
  }[round.step];
  return `checkpoint ${round.epoch} waits for ${whom}, for ${durationText(now - round.since)} now`;
}
