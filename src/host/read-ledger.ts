/** What a coordinator has noted of a job, read from its folder: it need not run, and may. */
import { WallarooError } from "../base/errors.ts";
import { Ledger } from "../coordinator/ledger.ts";
import type { Disk } from "../ports/disk.ts";
import { FileMetaLog } from "../storage/file-meta-log.ts";
import { systemDisk } from "../storage/system-disk.ts";
import { systemCrypto } from "./system-crypto.ts";

export interface NotedOfJob {
  /** Nothing of it runs, nor would the coordinator take it up again. */
  readonly isEnded: boolean;
  /** The newest checkpoint whose output is known to be committed; 0: it is not known. */
  readonly committed: number;
}

/** `data`: the folder of a coordinator, or of `run --data`. `lineage`: the job's whole name. */
export async function notedIn(
  data: string,
  lineage: string,
  disk: Disk = systemDisk(),
): Promise<NotedOfJob> {
  let noted: NotedOfJob = { isEnded: false, committed: 0 };
  for (const folder of [`${data}/cluster/log`, `${data}/run/cluster/log`]) {
    if ((await disk.stat(folder)) === undefined) continue;
    try {
      const log = await FileMetaLog.open({ folder, disk, crypto: systemCrypto(), isReader: true });
      for (const { spec, outcome } of (await Ledger.read(log)).values()) {
        if (spec.lineage !== lineage || outcome === undefined) continue;
        noted = { isEnded: true, committed: outcome.committed ?? 0 };
      }
    } catch (error) {
      // Who goes on with the job is told of that.
      if (!(error instanceof WallarooError)) throw error;
    }
  }
  return noted;
}
