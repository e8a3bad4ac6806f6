/** What each worker of a deployment is told (pure). */
import type { StoreOfJob, ToWorker } from "../control/messages.ts";
import type { Restore } from "../model/checkpoint.ts";
import type { Generation, Placement } from "../model/placement.ts";
import type { Plan } from "../model/plan.ts";
import type { JobSpec } from "./job-spec.ts";

/** The plan for so many workers. */
export function planFor({ graph }: JobSpec, workers: number): Plan {
  return workers > 1 ? { ...graph.cut, workers } : graph.whole;
}

export interface Deploying {
  readonly placement: Placement;
  readonly generation: Generation;
  readonly restore: Restore;
  readonly store: StoreOfJob;
}

/** By worker. */
export function deploymentsOf(
  spec: JobSpec,
  { placement, generation, restore, store }: Deploying,
): readonly (readonly [string, ToWorker])[] {
  const { job, app, bundle, set, graph, metrics } = spec;
  return placement.workers.map(({ name }, self) => [
    name,
    {
      type: "deploy",
      job,
      generation,
      app,
      bundle,
      set,
      graphHash: graph.graphHash,
      graph: graph.lines,
      placement,
      self,
      metrics,
      store,
      restore,
    },
  ]);
}
