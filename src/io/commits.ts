/**
 * Prepares and commits sinks, then acknowledges sources: what a checkpoint will do, without state.
 *
 * E1. An epoch number is used once.
 * E2. A sink commits only after every sink of the job has prepared.
 * E3. A source is told only positions from before a commit that is done.
 */
import type { Position } from "../model/context.ts";
import type { Committer, Epoch } from "../model/sink.ts";
import type { SplitReader } from "../model/source.ts";

export interface Preparing {
  readonly name: string;
  readonly committer: Committer | undefined;
  /** Starts at once; what is written afterwards belongs to the next epoch. */
  prepare(epoch: Epoch): Promise<unknown>;
}

export interface Mark {
  readonly reader: SplitReader<unknown>;
  readonly position: Position | undefined;
}

/** Prepares all sinks as `epoch`; if all succeed commits them and acknowledges the marks. */
export async function commitEpoch(
  epoch: Epoch,
  sinks: readonly Preparing[],
  marks: readonly Mark[],
): Promise<void> {
  const pending = await Promise.all(sinks.map((sink) => sink.prepare(epoch)));
  await Promise.all(
    sinks.map(async (sink, i) => {
      if (pending[i] !== undefined) await sink.committer?.commit(pending[i]);
    }),
  );
  await Promise.all(
    marks.map(async ({ reader, position }) => {
      if (position !== undefined) await reader.acknowledge(position);
    }),
  );
}
