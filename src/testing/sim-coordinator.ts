/** A coordinator's process on a simulated host: the real one, over a simulated disk and network. */
import { engineOf } from "../control/version.ts";
import type { BundleStore } from "../coordinator/bundle-store.ts";
import type { Coordinator } from "../coordinator/coordinator.ts";
import { assembleCoordinator } from "../host/assemble-coordinator.ts";
import type { Address } from "../ports/network.ts";
import type { Store } from "../ports/store.ts";
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
  const disk = host.ownDisk;
  const { clock, network, crypto, log, random } = host.life;
  const { coordinator, bundles } = await assembleCoordinator({
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
  });
  const address = await coordinator.open({ host: host.name, port: COORDINATOR_PORT });
  return { coordinator, bundles, address };
}
