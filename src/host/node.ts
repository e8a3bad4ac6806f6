/**
 * One process that runs one job: loads the app, opens HTTP, starts the job, ends it in good order.
 *
 * Owns: the ports, the order in which things start and stop, the bound of a stop.
 * Does not own: signals and words for people (the command), the job's life (worker).
 */
import { durationText } from "../base/duration.ts";
import { externalError, userError } from "../base/errors.ts";
import { STOP_MS } from "../model/limits.ts";
import { LogLevels } from "../model/log-levels.ts";
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
import type { WorkerPorts } from "../worker/ports.ts";
import { levelControl } from "./level-control.ts";
import type { LoadedApp } from "./load-app.ts";
import type { HttpSettings } from "./node-http.ts";
import { systemClock } from "./system-clock.ts";
import { systemRandom } from "./system-random.ts";
import { systemStdio } from "./system-stdio.ts";
import { whatIsInside } from "./what-is-inside.ts";

/** A stop that takes longer says what it waits for. */
const STOP_TOLD_MS = 1_000;
/** How long what is killed may take to close. */
const KILL_MS = 1_000;
const STUCK = `the job was ended at once, and did not close within ${durationText(KILL_MS)}`;
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
}

export interface RunningNode {
  readonly job: string;
  /** Where HTTP listens. */
  readonly http: Address | undefined;
  status(): JobStatus;
  /** Input stops, what is inside drains and commits; what has not after `STOP_MS` is given up. */
  stop(): Promise<void>;
  /** Ends the job at once, as failed; soon, even where something does not close. */
  kill(): void;
  /** Why the job was made to end, when `stop` had to. */
  readonly gaveUp: string | undefined;
  /** Resolves when the job has ended and HTTP is closed. */
  readonly done: Promise<JobStatus>;
}

/** @throws {WallarooError} when a name is wrong, a port is taken, a source or sink cannot open */
export async function startNode(
  loaded: Pick<LoadedApp, "pipeline">,
  settings: NodeSettings,
): Promise<RunningNode> {
  const { pipeline } = loaded;
  const { worker, metrics, log } = settings;
  const job = checkName("job", settings.job ?? pipeline.app);
  checkName("worker", worker);
  const physical = plan(pipeline);
  const clock = systemClock();
  const logLevels = settings.levels ?? new LogLevels();
  const control = levelControl(logLevels, pipeline);
  let running: Job | undefined;
  let stopping: Promise<void> | undefined;
  let gaveUp: string | undefined;
  const abandoned = Promise.withResolvers<JobStatus>();
  // A source or sink that does not close must not keep the process.
  const kill = (job: Job): void => {
    void job.kill();
    const timer = clock.after(KILL_MS, () => {
      const status = job.status();
      abandoned.resolve({ ...status, state: "failed", error: status.error ?? STUCK });
    });
    void job.done.then(() => timer.cancel());
  };
  const giveUp = (): void => {
    const limit = durationText(STOP_MS);
    const inside = whatIsInside(must(running).status());
    gaveUp = `it did not drain within ${limit}, the limit: what was inside is lost (${inside})`;
    kill(must(running));
  };
  const tellWait = (): void => {
    log.warn("stopping: waiting until what is inside is written; a second signal ends at once", {
      job,
      inside: whatIsInside(must(running).status()),
      limit: durationText(STOP_MS),
    });
  };
  const stop = (): Promise<void> => (stopping ??= stopJob(must(running), tellWait, giveUp));
  const http = await openHttp(settings, {
    status: () => must(running).status(),
    ...control,
    setMetrics: (on) => must(running).setMetrics(on),
    stop: () => void stop(),
    explain: () => explainText(pipeline, physical),
  });
  try {
    running = await Job.start({
      job,
      app: pipeline.app,
      worker,
      pipeline,
      plan: physical,
      metrics,
      logLevels,
      ports: systemPorts(clock, log.child({ worker, job })),
    });
  } catch (error) {
    await http?.close();
    throw error;
  }
  const started = running;
  return {
    job,
    http: http?.address,
    status: () => started.status(),
    stop,
    kill: () => kill(started),
    get gaveUp() {
      return gaveUp;
    },
    done: Promise.race([started.done, abandoned.promise]).then(async (status) => {
      await http?.close();
      return status;
    }),
  };
}

function systemPorts(clock: Clock, log: Logger): WorkerPorts {
  return {
    clock,
    random: systemRandom(),
    network: tcpNetwork(),
    disk: systemDisk(),
    stdio: systemStdio(),
    log,
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

async function stopJob(job: Job, tellWait: () => void, giveUp: () => void): Promise<void> {
  const clock = systemClock();
  const timers = [clock.after(STOP_TOLD_MS, tellWait), clock.after(STOP_MS, giveUp)];
  await job.stop();
  for (const timer of timers) timer.cancel();
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
