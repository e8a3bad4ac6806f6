import { expect, test } from "bun:test";
import type { ControlCluster } from "../../support/control-cluster.ts";
import { done, running } from "../../support/running-cluster.ts";

const shown = (cluster: ControlCluster) => {
  const { restarts, lastEnd } = cluster.coordinator.view.job("copy");
  return { restarts, lastEnd };
};

async function newCoordinator(cluster: ControlCluster): Promise<void> {
  cluster.coordinator.close();
  await cluster.pass(500);
  await cluster.startCoordinator();
}

/** A worker's part fails, and the next generation runs. */
async function failure(cluster: ControlCluster, code: string): Promise<void> {
  const { restarts } = shown(cluster);
  cluster.live[0]!.fail(code, "external");
  await cluster.until(() => shown(cluster).restarts > restarts, "it was begun anew");
  await cluster.running(2);
}

test("how often a job was begun anew, and why, outlasts the coordinator", async () => {
  const cluster = await running();
  await failure(cluster, "first_trouble");
  // So many checkpoints that the records of that generation are gone.
  await cluster.pass(8_000);
  const once = shown(cluster);
  expect(once).toEqual({ restarts: 1, lastEnd: expect.stringContaining("first_trouble") });
  await newCoordinator(cluster);
  await cluster.running(2);
  expect(shown(cluster)).toEqual(once);
  await failure(cluster, "second_trouble");
  // There is no checkpoint since.
  await newCoordinator(cluster);
  await cluster.running(2);
  const twice = shown(cluster);
  expect(twice).toEqual({ restarts: 2, lastEnd: expect.stringContaining("second_trouble") });
  await cluster.coordinator.stop("copy", "now");
  await cluster.until(() => cluster.phase() === "stopped", "it has stopped");
  await newCoordinator(cluster);
  expect(shown(cluster)).toEqual(twice);
  expect(cluster.fatal).toEqual([]);
});

test("a job that goes on with the log of one before has its own count", async () => {
  const cluster = await running();
  await failure(cluster, "first_trouble");
  await cluster.pass(2_500);
  await cluster.coordinator.stop("copy", "now");
  await cluster.until(() => cluster.phase() === "stopped", "it has stopped");
  const job = { ...(await cluster.newJob("copy")), createdAt: 1 };
  const began = await done(cluster, cluster.coordinator.archive.succeed(job));
  expect(began!.epoch).toBeGreaterThan(0);
  await cluster.running(2);
  expect(shown(cluster)).toEqual({ restarts: 0, lastEnd: undefined });
});
