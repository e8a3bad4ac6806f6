/** A coordinator's process on a simulated host: the real one, over a simulated disk and network. */
import { engineOf } from "../control/version.ts";
import type { BundleStore } from "../coordinator/bundle-store.ts";
import type { Coordinator } from "../coordinator/coordinator.ts";
import { assembleCoordinator } from "../host/assemble-coordinator.ts";
import type { Address } from "../ports/network.ts";
import type { Disk } from "../ports/disk.ts";
import type { Store } from "../ports/store.ts";
import type { SimHost } from "./sim-host.ts";

/** Where workers come in. */
export const COORDINATOR_PORT = 7_000;

export interface SimCoordinator {
  readonly coordinator: Coordinator;
  readonly bundles: BundleStore;
  readonly address: Address;
}

export interface SimCoordinatorSettings {
  readonly host: SimHost;
  readonly token: Uint8Array;
  readonly store: Store;
  /** With its folder: of the host, or one that it shares with another. */
  readonly disk: Disk;
  /** Whether it needs a lease, since another one may have the same store and folder. */
  readonly hasLease: boolean;
  readonly onFatal: (error: unknown) => void;
}

/** Starts the process of a host that is alive: from what is on the disk. */
export async function startSimCoordinator({
  host,
  token,
  store,
  disk,
  hasLease,
  onFatal,
}: SimCoordinatorSettings): Promise<SimCoordinator> {
  const { name } = host;
  const { clock, network, crypto, log, random } = host.life;
  const where = `${name}:${COORDINATOR_PORT}`;
  const { coordinator, bundles, leadership } = await assembleCoordinator({
    clock,
    crypto,
    network,
    log,
    token,
    store,
    random,
    onFatal,
    disk,
    folder: "/cluster",
    engine: engineOf("simulated"),
    leads: hasLease ? { holder: name, address: where } : undefined,
  });
  const address = await coordinator.open({ host: name, port: COORDINATOR_PORT });
  leadership?.keep(where, onFatal);
  return { coordinator, bundles, address };
}
