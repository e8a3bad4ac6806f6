/**
 * Sources that keep input on the disks of workers (pure): who has to take part, whoever else does.
 *
 * B1. Whoever has a position in the newest checkpoint reads again: it has promised to keep what
 *     comes behind that.
 * B2. Before the first checkpoint that is whoever read last.
 */
import { workerOfSplit } from "../model/bound-split.ts";
import type { Placement } from "../model/placement.ts";
import type { Plan } from "../model/plan.ts";
import type { Bound, PlaceWishes } from "../planner/place.ts";
import type { JobRun } from "./job-run.ts";

export interface BoundView {
  readonly run: Pick<JobRun, "base" | "placement">;
  readonly wishes: PlaceWishes;
  /** The plan of that many workers. */
  readonly planFor: (workers: number) => Plan;
}

/** By source, the names of workers that its input is on. */
export function boundWorkers({ run, wishes, planFor }: BoundView): Bound {
  const found = new Map<string, readonly string[]>();
  const { base, placement } = run;
  for (const { name, step, isBound } of wishes.sources) {
    if (isBound !== true) continue;
    const kept = base?.positions.filter(({ source, isDone }) => source === name && !isDone);
    const promised = kept?.map(({ split }) => workerOfSplit(split)); // B1
    const workers = promised ?? readersIn(placement, step, planFor); // B2
    if (workers.length > 0) found.set(name, workers);
  }
  return found;
}

function readersIn(
  placement: Placement | undefined,
  step: number,
  planFor: BoundView["planFor"],
): readonly string[] {
  if (placement === undefined) return [];
  const { sources, tasks, workers } = placement;
  const task = planFor(workers.length).tasks.find((one) => one.sources.includes(step));
  const instances = sources.find((source) => source.step === step)?.instances ?? [];
  if (task === undefined) return [];
  return instances.map((i) => workers[tasks[task.id]!.instances[i]!]!.name);
}
