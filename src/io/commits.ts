/**
 * Prepares and commits sinks, then acknowledges sources: what a checkpoint will do, without state.
 *
 * E1. An epoch number is used once.
 * E2. A sink commits only after every sink of the job has prepared.
 * E3. A source is told only positions from before a commit that is done.
 * E4. Nothing is committed after a failure of the job.
 */
import type { Committer, Epoch } from "../model/sink.ts";
import { type Mark, OwedMarks } from "./owed-marks.ts";

export type { Mark };

export interface Preparing {
  readonly name: string;
  readonly committer: Pick<Committer, "commit"> | undefined;
  /** Starts at once; what is written afterwards belongs to the next epoch. */
  prepare(epoch: Epoch): Promise<unknown>;
  /** Where records may miss the barrier: how many it was given. */
  readonly pushed?: number | undefined;
  /** All records before this number belong to the epoch last prepared, or one before. */
  readonly sealed?: number | undefined;
}

/** What outlives one epoch, and the state of the job. */
export interface Committing {
  readonly owed: OwedMarks;
  readonly hasFailed: () => boolean;
}

/** Prepares all sinks as `epoch`; if all succeed commits them and acknowledges the marks. */
export async function commitEpoch(
  epoch: Epoch,
  sinks: readonly Preparing[],
  marks: readonly Mark[],
  { owed, hasFailed }: Committing = { owed: new OwedMarks(), hasFailed: () => false },
): Promise<void> {
  const pushed = sinks.map((sink) => sink.pushed ?? 0);
  const preparing = sinks.map((sink) => sink.prepare(epoch));
  const sealed = sinks.map((sink) => sink.sealed ?? 0);
  const due = owed.at(marks, pushed, sealed);
  const pending = await Promise.all(preparing);
  if (hasFailed()) return; // E4
  await Promise.all(
    sinks.map(async (sink, i) => {
      if (pending[i] !== undefined) await sink.committer?.commit(pending[i]);
    }),
  );
  await Promise.all(
    due.map(async ({ reader, position }) => {
      if (position !== undefined) await reader.acknowledge(position);
    }),
  );
}
