/** A coordinator put together from its ports: the same in a process and in simulation. */
import { BundleStore } from "../coordinator/bundle-store.ts";
import { Coordinator } from "../coordinator/coordinator.ts";
import type { CoordinatorSettings } from "../coordinator/coordinator-settings.ts";
import { Ledger } from "../coordinator/ledger.ts";
import type { Disk } from "../ports/disk.ts";
import { FileMetaLog } from "../storage/file-meta-log.ts";

/** What a coordinator is made of. */
export interface CoordinatorAssembly extends Omit<
  CoordinatorSettings,
  "bundles" | "cluster" | "ledger"
> {
  readonly disk: Disk;
  /** Where its log and the bundles of apps are. Absolute path. */
  readonly folder: string;
}

export interface AssembledCoordinator {
  /** Not open yet. */
  readonly coordinator: Coordinator;
  readonly bundles: BundleStore;
  readonly ledger: Ledger;
  readonly cluster: string;
}

/** Takes up what the folder's log says. @throws {WallarooError} `log_damaged` */
export async function assembleCoordinator(
  parts: CoordinatorAssembly,
): Promise<AssembledCoordinator> {
  const { disk, folder, ...settings } = parts;
  const { crypto } = settings;
  const metaLog = await FileMetaLog.open({ folder: `${folder}/log`, disk, crypto });
  const ledger = await Ledger.open(metaLog);
  const bundles = new BundleStore({ folder: `${folder}/bundles`, disk, crypto });
  const cluster = metaLog.clusterId;
  const coordinator = new Coordinator({ ...settings, cluster, ledger, bundles });
  return { coordinator, bundles, ledger, cluster };
}
