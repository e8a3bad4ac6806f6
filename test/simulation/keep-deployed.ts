/** Deploys a job when all workers are there, and again when the coordinator that was asked died. */
import type { SimCluster } from "../../src/testing/sim-cluster.ts";
import type { World } from "../../src/testing/world.ts";

const LOOK_MS = 100;
/** So long an answer may take before another is asked: its coordinator may die with it. */
const ANSWER_MS = 5_000;

export function keepDeployed(world: World, cluster: SimCluster): void {
  let isDeploying = false;
  const look = (): void => {
    world.clock.after(LOOK_MS, look);
    const { summary, coordinator, hosts } = cluster;
    if (isDeploying || summary !== undefined || coordinator === undefined) return;
    if (coordinator.coordinator.view.workers().length < hosts.length) return;
    isDeploying = true;
    const over = (): void => void (isDeploying = false);
    cluster.deploy().then(over, over);
    world.clock.after(ANSWER_MS, over);
  };
  look();
}
