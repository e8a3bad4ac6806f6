/** A cluster whose job runs and has some checkpoints. */
import { ControlCluster } from "./control-cluster.ts";

export async function running(): Promise<ControlCluster> {
  const cluster = await ControlCluster.start();
  for (const name of ["w-1", "w-2"]) cluster.worker(name);
  await cluster.pass(500);
  await cluster.deploy();
  await cluster.running(2);
  await cluster.pass(2_500);
  return cluster;
}

/** Lets time pass until it is settled. */
export async function done<R>(cluster: ControlCluster, work: Promise<R>): Promise<R> {
  let isDone = false;
  const settled = work.finally(() => (isDone = true));
  settled.catch(() => undefined);
  for (let turn = 0; turn < 500 && !isDone; turn++) await cluster.pass(20);
  if (!isDone) throw new Error("it is never settled");
  return await settled;
}
