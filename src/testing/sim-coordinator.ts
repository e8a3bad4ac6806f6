/** A coordinator's process on a simulated host: the real one, over a simulated disk and network. */
import { engineOf } from "../control/version.ts";
import { BundleStore } from "../coordinator/bundle-store.ts";
import { Coordinator } from "../coordinator/coordinator.ts";
import { Ledger } from "../coordinator/ledger.ts";
import type { Address } from "../ports/network.ts";
import type { Store } from "../ports/store.ts";
import { FileMetaLog } from "../storage/file-meta-log.ts";
import type { SimHost } from "./sim-host.ts";

/** Where workers come in. */
export const COORDINATOR_PORT = 7_000;

export interface SimCoordinator {
  readonly coordinator: Coordinator;
  readonly bundles: BundleStore;
  readonly address: Address;
}

/** Starts the process of a host that is alive: from what is on its disk. */
export async function startSimCoordinator(
  host: SimHost,
  token: Uint8Array,
  store: Store,
  onFatal: (error: unknown) => void,
): Promise<SimCoordinator> {
  const { disk } = host;
  const { clock, network, crypto, log, random } = host.life;
  const metaLog = await FileMetaLog.open({ folder: "/cluster/log", disk, crypto });
  const ledger = await Ledger.open(metaLog);
  const bundles = new BundleStore({ folder: "/cluster/bundles", disk, crypto });
  const coordinator = new Coordinator({
    clock,
    crypto,
    network,
    log,
    engine: engineOf("simulated"),
    token,
    cluster: metaLog.clusterId,
    ledger,
    bundles,
    store,
    random,
    onFatal,
  });
  const address = await coordinator.open({ host: host.name, port: COORDINATOR_PORT });
  return { coordinator, bundles, address };
}
