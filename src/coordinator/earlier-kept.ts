/**
 * What the jobs have kept that another was begun from: it can be begun from as well.
 *
 * K1. A job that failed before it had a checkpoint of its own changed nothing: where it was begun
 *     is where the one before stood.
 * K2. What came behind the checkpoint that was chosen stays, and is told apart: it was left.
 */
import { messageOf } from "../base/errors.ts";
import { EARLIER_JOBS_MAX } from "../model/limits.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Store } from "../ports/store.ts";
import { JobLog } from "./job-log.ts";
import { type EarlierJob, type JobSpec, prefixOf } from "./job-spec.ts";
import type { KeptJob } from "./ledger.ts";
import type { PatiencePorts } from "./patiently.ts";
import { type Savepoint, Savepoints } from "./savepoints.ts";

/** A checkpoint has its number as its name. */
export interface EarlierKept extends Savepoint {
  /** The whole name of the job that keeps it. */
  readonly lineage: string;
  /** K2. The job went on from an older one since. */
  readonly isLeft: boolean;
}

/** A log that cannot be read is left out, and that is said. */
export async function earlierKept(
  { job, earlier = [] }: Pick<JobSpec, "job" | "earlier">,
  { store, crypto, ...ports }: PatiencePorts & { readonly store: Store; readonly crypto: Crypto },
): Promise<readonly EarlierKept[]> {
  const found: EarlierKept[] = [];
  for (const { lineage, epoch } of earlier) {
    const prefix = prefixOf({ lineage });
    try {
      const log = await JobLog.open(await store.log(prefix), ports);
      const kept = log.kept.map(({ manifest }) => ({ name: String(manifest.epoch), manifest }));
      const saved = await new Savepoints(store.blobs, crypto, prefix).list();
      for (const one of [...kept, ...saved.savepoints]) {
        found.push({ ...one, lineage, isLeft: one.manifest.epoch > epoch });
      }
      for (const { why } of saved.unreadable) {
        ports.log.warn("what a job has kept before cannot be read", { job, why });
      }
    } catch (error) {
      ports.log.warn("what a job has kept before cannot be read", { job, why: messageOf(error) });
    }
  }
  return found;
}

/** How a job stood that failed, before it was begun from a checkpoint; undefined for another. */
export function before({ spec, outcome }: KeptJob): KeptJob | undefined {
  const [last, ...earlier] = spec.earlier ?? [];
  if (outcome?.state !== "failed" || last === undefined) return undefined;
  const { state, error } = outcome;
  return {
    spec: { ...spec, lineage: last.lineage, earlier },
    // What that one had committed is not known any more.
    outcome: { state, error },
    isStopping: true,
    epoch: last.newest ?? 0,
  };
}

/** The jobs that one goes on from that is begun from `epoch`, which `from` keeps: the last one
 *  first. `newest`: of the job that it takes the place of. */
export function earlierOf(
  { lineage, earlier = [] }: Pick<JobSpec, "lineage" | "earlier">,
  newest: number,
  { epoch, from }: { readonly epoch: number; readonly from: string },
): readonly EarlierJob[] {
  const all = [{ lineage, epoch: Infinity, newest }, ...earlier];
  return all.slice(0, EARLIER_JOBS_MAX).map((one) => {
    const upTo = one.lineage === from ? epoch : Math.min(one.epoch, epoch);
    return { ...one, epoch: upTo };
  });
}
