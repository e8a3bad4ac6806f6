/** Runs an app in this process, times it and compares what came of it. */
import type { App } from "../../../src/api/mod.ts";
import { plan } from "../../../src/planner/plan.ts";
import { Job } from "../../../src/worker/job.ts";
import { testPorts } from "../../support/run-app.ts";
import type { Seen } from "./ends.ts";

export interface InProcess {
  readonly name: string;
  /** Records that enter. */
  readonly records: number;
  /** What the sink must have seen, by a plain calculation. */
  readonly expected: Readonly<Seen>;
  /** M records/s that are wanted. */
  readonly atLeast?: number;
  make(seen: Seen): App;
}

/** M records/s. @throws when the results are not the ones that must come */
export async function measure({ name, records, expected, make }: InProcess): Promise<number> {
  const seen: Seen = { count: 0, sum: 0 };
  const pipeline = await make(seen).build({});
  const begun = performance.now();
  const job = await Job.start({
    job: "bench",
    app: "bench",
    worker: "bench",
    pipeline,
    plan: plan(pipeline),
    ports: testPorts(),
    metrics: false,
  });
  const status = await job.done;
  const seconds = (performance.now() - begun) / 1_000;
  if (status.state !== "finished") throw new Error(status.error);
  if (seen.count !== expected.count || seen.sum !== expected.sum) {
    const [got, wanted] = [seen, expected].map((one) => JSON.stringify(one));
    throw new Error(`${name}: not measured: ${got} came out, expected ${wanted}`);
  }
  return records / seconds / 1e6;
}
