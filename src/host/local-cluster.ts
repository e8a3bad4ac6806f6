/**
 * A cluster for one job on this machine: the coordinator in this process, the workers in processes
 * of their own, or one in this one, too. Looks like a node that runs the job here.
 *
 * Owns: the order in which its parts start and end, the folder, the bound of a stop.
 * Does not own: the job's life (coordinator), the processes (supervisor).
 *
 * Each run has a folder of its own, with names, log, token and checkpoints: what another run left
 * is not its. Where a folder is given, it is the same one each time, and the job goes on from its
 * newest checkpoint.
 */
import { join } from "node:path";
import { durationText } from "../base/duration.ts";
import { externalError, messageOf } from "../base/errors.ts";
import type { NewJob } from "../coordinator/job-spec.ts";
import type { ClusterJobStatus } from "../model/cluster-status.ts";
import { RELEASE_MS } from "../model/limits.ts";
import type { JobState } from "../model/status.ts";
import type { DeployRequest, RestoreRequest } from "../observe/cluster-requests.ts";
import type { Logger } from "../ports/logger.ts";
import type { Address } from "../ports/network.ts";
import { type RunningCoordinator, startCoordinator } from "./coordinator-node.ts";
import type { RunningJob, RunningNode } from "./node.ts";
import type { HttpSettings } from "./node-http.ts";
import { keptFolder, makeRunFolder } from "./run-folder.ts";
import { systemClock } from "./system-clock.ts";

/** Above what the coordinator allows for a drain and a release: then it does not answer. */
const STOP_MS_MAX = 2 * RELEASE_MS + 5_000;
/** How long a goodbye may be on its way. */
const LEAVE_MS = 500;
const OVER: readonly JobState[] = ["finished", "stopped", "failed"];

export interface LocalClusterSettings {
  readonly request: DeployRequest & { readonly workers: number };
  /** Absolute paths. */
  readonly apps: string;
  readonly data: string | undefined;
  /** The checkpoint that it begins from, where that is not the newest one. */
  readonly restore: RestoreRequest | undefined;
  readonly http: HttpSettings | undefined;
  readonly metrics: boolean;
  readonly loadWithinMs: number;
  readonly version: string;
  readonly log: Logger;
  /** Starts as many as the request says. */
  readonly startWorkers: (place: WorkersPlace) => LocalWorkers;
}

/** What workers have to know. */
export interface WorkersPlace {
  /** Where the coordinator listens. */
  readonly join: Address;
  /** Absolute paths. */
  readonly data: string;
  readonly tokenFile: string;
}

export interface LocalWorkers {
  /** Resolves when all have ended as asked. @throws {WallarooError} when one cannot go on */
  readonly done: Promise<void>;
  /** Asks all to end in good order, within a limit. */
  stop(): Promise<void>;
  /** Ends all at once. */
  kill(): void;
}

export interface RunningCluster extends RunningJob {
  readonly file: string;
  readonly cacheFolder: string;
  status(): ClusterJobStatus;
}

/** Resolves when the job runs. @throws {WallarooError} why it does not; all is closed then */
export async function startLocalCluster(settings: LocalClusterSettings): Promise<RunningCluster> {
  const cluster = new LocalCluster(settings);
  try {
    await cluster.start();
  } catch (error) {
    cluster.kill();
    await cluster.close();
    throw error;
  }
  return cluster;
}

class LocalCluster implements RunningCluster {
  readonly done: Promise<ClusterJobStatus>;
  readonly cacheFolder: string;
  gaveUp: string | undefined = undefined;
  readonly #settings: LocalClusterSettings;
  readonly #folder: ReturnType<typeof makeRunFolder>;
  readonly #clock = systemClock();
  readonly #done = Promise.withResolvers<ClusterJobStatus>();
  readonly #killed = Promise.withResolvers<void>();
  #coordinator: RunningCoordinator | undefined;
  #workers: LocalWorkers | undefined;
  #spec: NewJob | undefined;
  #last: ClusterJobStatus | undefined;
  #isAsking = false;
  #stopping: Promise<void> | undefined;
  #wake: (() => void)[] = [];

  constructor(settings: LocalClusterSettings) {
    const { data } = settings;
    this.#settings = settings;
    this.#folder = data === undefined ? makeRunFolder() : keptFolder(join(data, "run"));
    this.cacheFolder = data === undefined ? join(this.#folder.path, "cache") : join(data, "cache");
    this.done = this.#done.promise;
  }

  async start(): Promise<void> {
    const { request, startWorkers } = this.#settings;
    const coordinator = await this.#startCoordinator();
    const { listen, tokenFile } = coordinator;
    const next = await this.#unlessFailed(this.#endOld(coordinator));
    this.#workers = startWorkers({ join: listen, data: this.#folder.path, tokenFile });
    // They start while the app is bundled.
    const spec = next ?? (await this.#unlessFailed(coordinator.prepare(request)));
    this.#spec = spec;
    const { observed } = coordinator;
    await this.#unlessFailed(this.#until(() => observed.workers().length >= request.workers));
    const { job } = spec;
    await this.#unlessFailed(this.#begin(coordinator, spec));
    await this.#unlessFailed(this.#until(() => observed.job(job).state !== "starting"));
    this.#last = await observed.status(job);
    const { state, error } = this.#last;
    if (state === "failed") throw externalError("job_failed", error ?? "it does not say why");
    void this.#live();
  }

  async #begin(coordinator: RunningCoordinator, spec: NewJob): Promise<void> {
    const { request, restore, log } = this.#settings;
    const { job } = spec;
    if (restore !== undefined) {
      await coordinator.restore(spec, restore);
      return log.info(`the job begins from checkpoint ${restore.from}, as was asked`, { job });
    }
    const from = await coordinator.succeed(spec, request.dropStates ?? []);
    if (from === undefined) return;
    const level = from.left.length === 0 ? "info" : "warn";
    log[level]("the job goes on where it was", { job, checkpoint: from });
  }

  /** What ran when all died is ended before a worker comes: else it would run by its old app. It is
   *  left as it is when it cannot go on as the new one, which is returned. */
  async #endOld(coordinator: RunningCoordinator): Promise<NewJob | undefined> {
    const { observed, jobs } = coordinator;
    if (jobs.length === 0) return undefined;
    const { request } = this.#settings;
    const next = await coordinator.prepare(request);
    if (jobs.includes(next.job)) await coordinator.checkCutOff(next, request.dropStates ?? []);
    for (const job of jobs) {
      await observed.stop(job, "now");
      await this.#until(() => OVER.includes(observed.job(job).state));
    }
    return next;
  }

  get job(): string {
    return this.#running.spec.job;
  }

  get file(): string {
    return this.#running.spec.file;
  }

  get http(): RunningNode["http"] {
    return this.#running.coordinator.http;
  }

  /** As it was told last; asks the workers anew. */
  status(): ClusterJobStatus {
    const { last } = this.#running;
    if (!this.#isAsking) void this.#ask();
    return last;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  kill(): void {
    this.#killed.resolve();
    this.#workers?.kill();
  }

  /** Ends workers, then the coordinator. */
  async close(): Promise<void> {
    await this.#workers?.stop().catch(() => undefined);
    await this.#left();
    await this.#coordinator?.close();
    this.#folder[Symbol.dispose]();
  }

  /** Waits for the goodbyes of workers, but not for those that cannot say any. */
  async #left(): Promise<void> {
    const observed = this.#coordinator?.observed;
    if (observed === undefined) return;
    const late = Promise.withResolvers<void>();
    const timer = this.#clock.after(LEAVE_MS, late.resolve);
    await Promise.race([this.#until(() => observed.workers().length === 0), late.promise]);
    timer.cancel();
  }

  get #running() {
    const [coordinator, spec, last] = [this.#coordinator, this.#spec, this.#last];
    if (coordinator === undefined || spec === undefined || last === undefined) {
      throw externalError("starting", "the job is starting: ask again");
    }
    return { coordinator, spec, last };
  }

  async #startCoordinator(): Promise<RunningCoordinator> {
    const { apps, http, metrics, version, log, loadWithinMs } = this.#settings;
    this.#coordinator = await startCoordinator({
      listen: { host: "127.0.0.1", port: 0 },
      http: "off",
      ownHttp: http,
      apps,
      data: this.#folder.path,
      cacheFolder: this.cacheFolder,
      tokenFile: undefined,
      isInsecure: false,
      metrics,
      loadWithinMs,
      version,
      log,
    });
    this.#coordinator.watch(() => {
      for (const wake of this.#wake.splice(0)) wake();
    });
    return this.#coordinator;
  }

  async #stop(): Promise<void> {
    const { coordinator, spec } = this.#running;
    const timer = this.#clock.after(STOP_MS_MAX, () => {
      const { late } = coordinator.observed.job(spec.job);
      const why = late === undefined ? "" : `: ${late}; the log says why`;
      this.gaveUp = `the job did not end within ${durationText(STOP_MS_MAX)}, the limit${why}`;
      this.kill();
    });
    await coordinator.observed.stop(spec.job, "drain");
    await this.done;
    timer.cancel();
  }

  /** From the job's start to the end of all. */
  async #live(): Promise<void> {
    const { coordinator, spec } = this.#running;
    const { observed } = coordinator;
    const isOver = (): boolean => OVER.includes(observed.job(spec.job).state);
    let failure: string | undefined;
    try {
      const isEnded = this.#until(isOver);
      await Promise.race([this.#unlessFailed(isEnded), this.#killed.promise]);
      if (isOver()) this.#last = await observed.status(spec.job);
      else failure = "the job was ended at once";
    } catch (error) {
      failure = messageOf(error);
    }
    if (failure !== undefined) this.#workers?.kill();
    await this.close().catch((error: unknown) => {
      this.#settings.log.error("the cluster did not close", { error });
    });
    const { last } = this.#running;
    this.#done.resolve(failure === undefined ? last : { ...last, state: "failed", error: failure });
  }

  async #ask(): Promise<void> {
    const { coordinator, spec } = this.#running;
    this.#isAsking = true;
    try {
      const status = await coordinator.observed.status(spec.job);
      if (status.sources.length > 0) this.#last = status;
    } finally {
      this.#isAsking = false;
    }
  }

  /** Waits until what the coordinator shows is so. */
  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => void this.#wake.push(resolve));
  }

  /** @throws {WallarooError} when a worker cannot start at all, or the coordinator cannot go on */
  async #unlessFailed<T>(waited: Promise<T>): Promise<T> {
    const [workers, coordinator] = [this.#workers, this.#coordinator!];
    const ended = async (): Promise<never> => {
      await Promise.race([coordinator.done, ...(workers === undefined ? [] : [workers.done])]);
      throw externalError("closed", "the cluster was closed");
    };
    return await Promise.race([waited, ended()]);
  }
}
