/**
 * What a job knows of those whose place it takes: what they have kept can be begun from.
 *
 * P1. A job that begins with empty state, or with that of another history, has left all of it.
 */
import { WallarooError } from "../base/errors.ts";
import type { ClusterView } from "./cluster-view.ts";
import { earlierOf } from "./earlier-kept.ts";
import type { EarlierJob } from "./job-spec.ts";
import type { JobStore } from "./job-store.ts";

export interface ReplacedPorts {
  readonly view: Pick<ClusterView, "has" | "kept">;
  readonly store: Pick<JobStore, "standing" | "manifests">;
}

/** What it is begun from, of whatever job. */
export interface BegunFrom {
  readonly lineage: string;
  readonly epoch: number;
}

/** The last one first; undefined where there was none that has kept anything. */
export async function replacedBy(
  job: string,
  { view, store }: ReplacedPorts,
  from?: BegunFrom,
): Promise<readonly EarlierJob[] | undefined> {
  if (!view.has(job)) return undefined;
  let { spec, epoch: newest } = view.kept(job);
  try {
    const stood = await store.standing(view.kept(job));
    const stored = await store.manifests(stood.spec);
    ({ spec } = stood);
    newest = Math.max(stood.epoch, stored.newest);
  } catch (error) {
    // It can be begun nonetheless; what of this can be read later is shown then.
    if (!(error instanceof WallarooError)) throw error;
  }
  const own = [spec, ...(spec.earlier ?? [])].find((one) => one.lineage === from?.lineage);
  const place =
    own === undefined ? { epoch: 0, from: spec.lineage } : { ...from!, from: own.lineage };
  const all = earlierOf(spec, newest, place); // P1
  const kept = newest === 0 ? all.slice(1) : all;
  return kept.length === 0 ? undefined : kept;
}
