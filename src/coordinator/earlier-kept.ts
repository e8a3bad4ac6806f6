/** What the jobs have kept from whose checkpoints another goes on: it can be begun from as well. */
import { messageOf } from "../base/errors.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Store } from "../ports/store.ts";
import { JobLog } from "./job-log.ts";
import { type JobSpec, prefixOf } from "./job-spec.ts";
import type { PatiencePorts } from "./patiently.ts";
import { type Savepoint, Savepoints } from "./savepoints.ts";

/** Up to where each was left; a checkpoint has its number as its name. A log that cannot be read is
 *  left out, and that is said. */
export async function earlierKept(
  { job, earlier = [] }: Pick<JobSpec, "job" | "earlier">,
  { store, crypto, ...ports }: PatiencePorts & { readonly store: Store; readonly crypto: Crypto },
): Promise<readonly Savepoint[]> {
  const found: Savepoint[] = [];
  for (const { lineage, epoch } of earlier) {
    const prefix = prefixOf({ lineage });
    try {
      const log = await JobLog.open(await store.log(prefix), ports);
      const kept = log.kept.map(({ manifest }) => ({ name: String(manifest.epoch), manifest }));
      const saved = await new Savepoints(store.blobs, crypto, prefix).all();
      found.push(...[...kept, ...saved].filter(({ manifest }) => manifest.epoch <= epoch));
    } catch (error) {
      ports.log.warn("what a job has kept before cannot be read", { job, why: messageOf(error) });
    }
  }
  return found;
}
