/** A job of an app whose versions take over from one another, from memory to memory. */
import type { App } from "../../src/model/app.ts";
import type { JobStatus } from "../../src/model/status.ts";
import { plan } from "../../src/planner/plan.ts";
import { validate } from "../../src/planner/validate.ts";
import { Job } from "../../src/worker/job.ts";
import type { JobSettings } from "../../src/worker/job-settings.ts";
import type { WorkerPorts } from "../../src/worker/ports.ts";
import type { SwapResult } from "../../src/worker/swap.ts";
import { testPorts } from "./run-app.ts";

export interface SwapRun extends AsyncDisposable {
  readonly job: Job;
  /** Another version takes over. */
  swap(next: App): Promise<SwapResult>;
  /** Resolves when a source has read, and the tasks have processed, so many records. */
  processed(source: string, records: number): Promise<void>;
  status(): JobStatus;
}

export async function startVersions(
  first: App,
  more: Partial<Pick<JobSettings, "compiled" | "onHalt" | "metrics">> & {
    readonly ports?: WorkerPorts;
  } = {},
): Promise<SwapRun> {
  const { ports = testPorts(), ...settings } = more;
  const job = await Job.start({
    job: "j",
    worker: "w",
    metrics: true,
    ...settings,
    ...(await versionOf(first)),
    ports,
  });
  return {
    job,
    swap: async (next) => await job.swap(await versionOf(next)),
    processed: (source, records) =>
      until(() => {
        const { sources, error, state } = job.status();
        if (state === "failed") throw new Error(error);
        const found = sources.find(({ name }) => name === source);
        return found?.records === records && found.pending === 0;
      }),
    status: () => job.status(),
    [Symbol.asyncDispose]: () => job.kill(),
  };
}

/** Looks again in each turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => setImmediate(resolve));
}

async function versionOf(app: App) {
  const pipeline = await app.build({});
  validate(pipeline);
  return { app: pipeline.app, pipeline, plan: plan(pipeline) };
}
