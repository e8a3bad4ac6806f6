/**
 * One process that runs one job: loads the app, opens HTTP, starts the job, ends it in good order.
 *
 * Owns: the ports, the order in which things start and stop, the bound of a stop.
 * Does not own: signals and words for people (the command), the job's life (worker).
 */
import { externalError, userError, type WallarooError } from "../base/errors.ts";
import { LogLevels } from "../model/log-levels.ts";
import type { ClusterJobStatus } from "../model/cluster-status.ts";
import type { JobStatus } from "../model/status.ts";
import { explainText } from "../planner/explain.ts";
import { plan } from "../planner/plan.ts";
import type { Clock } from "../ports/clock.ts";
import type { HttpListener } from "../ports/http-server.ts";
import type { Logger } from "../ports/logger.ts";
import type { Address } from "../ports/network.ts";
import { systemDisk } from "../storage/system-disk.ts";
import { tcpNetwork } from "../transport/tcp.ts";
import { Job } from "../worker/job.ts";
import type { NextVersion } from "../worker/job-settings.ts";
import type { WorkerPorts } from "../worker/ports.ts";
import type { SwapResult } from "../worker/swap.ts";
import { onExitAsked } from "./app-exit.ts";
import { levelControl } from "./level-control.ts";
import type { LoadedApp } from "./load-app.ts";
import { NodeEnding } from "./node-ending.ts";
import type { HttpSettings } from "./node-http.ts";
import { systemClock } from "./system-clock.ts";
import { systemRandom } from "./system-random.ts";
import { systemStdio } from "./system-stdio.ts";

const NAME = /^[a-z][a-z0-9_-]{0,62}$/;

export interface NodeSettings {
  /** Default: the app's name. */
  readonly job?: string | undefined;
  readonly worker: string;
  readonly metrics: boolean;
  /** Undefined: no HTTP. */
  readonly http: HttpSettings | undefined;
  readonly log: Logger;
  /** Of all and of single steps; by default `info`. Also changed by HTTP. */
  readonly levels?: LogLevels;
  /** Present: a user's function that throws halts the job until another version takes over. */
  readonly onHalt?: ((error: WallarooError) => void) | undefined;
}

/** What a node runs. */
export type NodeApp = Pick<LoadedApp, "pipeline"> & Partial<Pick<LoadedApp, "sha256">>;

export interface RunningNode {
  readonly job: string;
  /** Where HTTP listens. */
  readonly http: Address | undefined;
  status(): JobStatus;
  /** Input stops, what is inside drains and commits; what has not after `STOP_MS` is given up. */
  stop(): Promise<void>;
  /** Ends the job at once, as failed; soon, even where something does not close. */
  kill(): void;
  /** Another version of the app takes over. @throws {WallarooError} why the one before goes on */
  reload(next: NodeApp): Promise<SwapResult>;
  /** Why the job was made to end, when `stop` had to. */
  readonly gaveUp: string | undefined;
  /** Resolves when the job has ended and HTTP is closed. */
  readonly done: Promise<JobStatus>;
}

/** What can be asked of a job that runs, here or in processes of its own. */
export type RunningJob = Omit<RunningNode, "reload" | "status" | "done"> & {
  status(): JobStatus | ClusterJobStatus;
  readonly done: Promise<JobStatus | ClusterJobStatus>;
};

/** @throws {WallarooError} when a name is wrong, a port is taken, a source or sink cannot open */
export async function startNode(loaded: NodeApp, settings: NodeSettings): Promise<RunningNode> {
  const { worker, metrics, log, onHalt } = settings;
  const job = checkName("job", settings.job ?? loaded.pipeline.app);
  checkName("worker", worker);
  const clock = systemClock();
  const logLevels = settings.levels ?? new LogLevels();
  let version = versionOf(loaded);
  let running: Job | undefined;
  const ending = new NodeEnding(clock, log, () => must(running));
  const http = await openHttp(settings, {
    status: () => must(running).status(),
    ...levelControl(logLevels, () => version.pipeline),
    setMetrics: (on) => must(running).setMetrics(on),
    stop: () => void ending.stop(),
    explain: () => explainText(version.pipeline, version.plan),
  });
  try {
    const ports = systemPorts(clock, log.child({ worker, job }));
    running = await Job.start({ job, worker, ...version, metrics, logLevels, ports, onHalt });
  } catch (error) {
    await http?.close();
    throw error;
  }
  const started = running;
  return {
    job,
    http: http?.address,
    status: () => started.status(),
    stop: () => ending.stop(),
    kill: () => ending.kill(),
    get gaveUp() {
      return ending.gaveUp;
    },
    async reload(next) {
      const nextVersion = versionOf(next);
      const result = await started.swap(nextVersion);
      version = nextVersion;
      return result;
    },
    done: Promise.race([started.done, ending.abandoned]).then(async (status) => {
      await http?.close();
      return status;
    }),
  };
}

function versionOf({ pipeline, sha256 }: NodeApp): NextVersion {
  return { app: pipeline.app, pipeline, plan: plan(pipeline), version: sha256 };
}

function systemPorts(clock: Clock, log: Logger): WorkerPorts {
  return {
    clock,
    random: systemRandom(),
    network: tcpNetwork(),
    disk: systemDisk(),
    stdio: systemStdio(),
    log,
    onExit: onExitAsked,
  };
}

async function openHttp(
  settings: NodeSettings,
  observed: Parameters<typeof import("./node-http.ts").serveHttp>[0],
): Promise<HttpListener | undefined> {
  if (settings.http === undefined) return undefined;
  const { serveHttp } = await import("./node-http.ts");
  return await serveHttp(observed, settings.http, settings.log);
}

/** Requests that come while the job opens its sources are told so. */
function must(job: Job | undefined): Job {
  if (job !== undefined) return job;
  throw externalError("starting", "the job is starting: ask again");
}

function checkName(what: string, name: string): string {
  if (NAME.test(name)) return name;
  throw userError(
    "bad_name",
    `the ${what}'s name ${JSON.stringify(name)} is refused: a lower-case letter, then at most 62 ` +
      `of a-z, 0-9, _ and -; give another with --${what} NAME`,
  );
}
