/** A coordinator put together from its ports: the same in a process and in simulation. */
import { BundleStore } from "../coordinator/bundle-store.ts";
import { Coordinator } from "../coordinator/coordinator.ts";
import type { CoordinatorSettings } from "../coordinator/coordinator-settings.ts";
import { Leadership, type LeadershipSettings } from "../coordinator/leadership.ts";
import { Ledger } from "../coordinator/ledger.ts";
import { STORE_ATTEMPTS_MAX } from "../model/limits.ts";
import type { Disk } from "../ports/disk.ts";
import type { Store } from "../ports/store.ts";
import { FileMetaLog } from "../storage/file-meta-log.ts";
import { LogLease } from "../storage/log-lease.ts";
import { readAnew } from "./read-anew.ts";

/** What a coordinator is made of. */
export interface CoordinatorAssembly extends Omit<
  CoordinatorSettings,
  "bundles" | "cluster" | "ledger"
> {
  readonly disk: Disk;
  /** Where its log and the bundles of apps are. Absolute path. */
  readonly folder: string;
  /** As whom and where it leads, when other machines can reach the store: then one leads. */
  readonly leads?: Pick<LeadershipSettings, "holder" | "address"> | undefined;
}

export interface AssembledCoordinator {
  /** Not open yet. */
  readonly coordinator: Coordinator;
  readonly bundles: BundleStore;
  readonly ledger: Ledger;
  readonly cluster: string;
  /** To be kept and given back; absent where nobody else can reach the store. */
  readonly leadership: Leadership | undefined;
}

/** Takes up what the folder's log says, when no other coordinator of the cluster is alive.
 *  @throws {WallarooError} `log_damaged`, `not_leader` */
export async function assembleCoordinator(
  parts: CoordinatorAssembly,
): Promise<AssembledCoordinator> {
  const { disk, folder, leads, ...settings } = parts;
  const { crypto, clock, log, store } = settings;
  const metaLog = await FileMetaLog.open({ folder: `${folder}/log`, disk, crypto });
  let leadership: Leadership | undefined;
  if (leads !== undefined) {
    const lease = await openLease(store, metaLog.clusterId);
    const world = { lease, clock, crypto, log, url: store.url };
    leadership = await Leadership.take({ ...leads, ...world });
  }
  const ledger = await Ledger.open(metaLog);
  const bundles = new BundleStore({ folder: `${folder}/bundles`, disk, crypto });
  const cluster = metaLog.clusterId;
  const coordinator = new Coordinator({ ...settings, cluster, ledger, bundles });
  return { coordinator, bundles, ledger, cluster, leadership };
}

async function openLease(store: Store, cluster: string): Promise<LogLease> {
  // Whoever leads may drop old records of it meanwhile.
  const open = () => store.log(`clusters/${cluster}/lease`);
  return new LogLease(await readAnew(STORE_ATTEMPTS_MAX, open));
}
