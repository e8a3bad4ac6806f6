/** What a coordinator has noted of a job, read from its folder: it need not run, and may. */
import { WallarooError } from "../base/errors.ts";
import { Ledger } from "../coordinator/ledger.ts";
import type { Disk } from "../ports/disk.ts";
import { FileMetaLog } from "../storage/file-meta-log.ts";
import { systemDisk } from "../storage/system-disk.ts";
import { systemCrypto } from "./system-crypto.ts";

/** The newest checkpoint whose output is known to be committed, of a job that has ended; 0: it is
 *  not known. `data`: the folder of a coordinator, or of `run --data`. `lineage`: the job's whole
 *  name. */
export async function committedIn(
  data: string,
  lineage: string,
  disk: Disk = systemDisk(),
): Promise<number> {
  let committed = 0;
  for (const folder of [`${data}/cluster/log`, `${data}/run/cluster/log`]) {
    if ((await disk.stat(folder)) === undefined) continue;
    try {
      const log = await FileMetaLog.open({ folder, disk, crypto: systemCrypto(), isReader: true });
      for (const { spec, outcome } of (await Ledger.read(log)).values()) {
        if (spec.lineage === lineage) committed = Math.max(committed, outcome?.committed ?? 0);
      }
    } catch (error) {
      // Who goes on with the job is told of that.
      if (!(error instanceof WallarooError)) throw error;
    }
  }
  return committed;
}
