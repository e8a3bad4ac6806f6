/** Runs an app's own graph in process, its sources and sinks replaced by memory, by step name. */
import { memory, type MemoryFeed } from "../../src/connectors/memory/mod.ts";
import { systemClock } from "../../src/host/system-clock.ts";
import { systemRandom } from "../../src/host/system-random.ts";
import type { App } from "../../src/model/app.ts";
import type { Pipeline, Step } from "../../src/model/pipeline.ts";
import type { JobStatus } from "../../src/model/status.ts";
import type { Logger } from "../../src/ports/logger.ts";
import { plan } from "../../src/planner/plan.ts";
import { validate } from "../../src/planner/validate.ts";
import { Job } from "../../src/worker/job.ts";
import type { WorkerPorts } from "../../src/worker/ports.ts";
import { MemoryDisk } from "./memory-disk.ts";

export interface RunAppOptions {
  readonly set?: Readonly<Record<string, string>>;
  /** Records by source step. A source that is not named keeps its own connector. */
  readonly sources?: Readonly<Record<string, readonly unknown[]>>;
  /** Names of sources to be fed one group after the other, each when the one before is consumed. */
  readonly phases?: readonly (readonly string[])[];
  /** Called for each write of a sink; a promise makes it slow. */
  readonly delay?: () => void | Promise<void>;
  readonly compiled?: boolean;
  readonly metrics?: boolean;
}

/** Logs into nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

/** Real time and chance, a disk in memory, no network. */
export function testPorts(log: Logger = silentLogger): WorkerPorts {
  const none = (): never => {
    throw new Error("this test has no network and no standard input");
  };
  return {
    clock: systemClock(),
    random: systemRandom(),
    network: { listen: none, connect: none },
    disk: new MemoryDisk(),
    stdio: { input: none, write: none },
    log,
  };
}

/** What each sink got, by its name. @throws what ended the job, when it failed. */
export async function runApp(
  app: App,
  options: RunAppOptions = {},
): Promise<Record<string, readonly unknown[]>> {
  const built = await app.build(options.set ?? {});
  const { sinks, status } = await runPipeline(built, options);
  if (status.state === "failed") throw new Error(status.error);
  return sinks;
}

/** Runs a graph to its end. */
export async function runPipeline(
  pipeline: Pipeline,
  options: RunAppOptions & { readonly ports?: WorkerPorts } = {},
): Promise<{ sinks: Record<string, readonly unknown[]>; status: JobStatus }> {
  const sinks: Record<string, readonly unknown[]> = {};
  const feeds = new Map<string, MemoryFeed<unknown>>();
  const steps = pipeline.steps.map((step): Step => {
    const { spec, name } = step;
    const records = options.sources?.[name];
    if (spec.kind === "source" && options.phases?.some((phase) => phase.includes(name))) {
      const feed = memory.feed<unknown>();
      feeds.set(name, feed);
      return { ...step, spec: { ...spec, source: feed.source } };
    }
    if (spec.kind === "source" && records !== undefined) {
      return { ...step, spec: { ...spec, source: memory.source(records) } };
    }
    if (spec.kind === "sink") {
      const target = memory.sink<unknown>(options.delay ? { delay: options.delay } : {});
      sinks[name] = target.records;
      return { ...step, spec: { ...spec, sink: target.sink } };
    }
    return step;
  });
  const replaced = { ...pipeline, steps };
  validate(replaced);
  const job = await Job.start({
    job: pipeline.app,
    app: pipeline.app,
    worker: "test",
    pipeline: replaced,
    plan: plan(replaced),
    ports: options.ports ?? testPorts(),
    metrics: options.metrics ?? false,
    compiled: options.compiled ?? true,
  });
  for (const phase of options.phases ?? []) {
    for (const name of phase) feeds.get(name)?.push(...(options.sources?.[name] ?? []));
    await consumed(job, phase, feeds);
  }
  for (const feed of feeds.values()) feed.end();
  const status = await job.done;
  return { sinks, status };
}

/** Resolves when a job has processed all that its sources were fed, or has failed. */
async function consumed(
  job: Job,
  names: readonly string[],
  feeds: ReadonlyMap<string, MemoryFeed<unknown>>,
): Promise<void> {
  for (;;) {
    const { state, sources } = job.status();
    const open = sources.filter((source) => names.includes(source.name));
    const isDone = open.every(
      (source) => source.pending === 0 && source.records === feeds.get(source.name)?.pushed,
    );
    if (isDone || state !== "running") return;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
