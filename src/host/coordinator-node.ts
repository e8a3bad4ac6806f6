/** A coordinator's process, wired: log, token, door for workers, HTTP. */
import { resolve } from "node:path";
import { messageOf, userError } from "../base/errors.ts";
import { engineOf } from "../control/version.ts";
import type { RestoreRequest, Succession } from "../coordinator/archive.ts";
import type { BundleStore } from "../coordinator/bundle-store.ts";
import type { Coordinator } from "../coordinator/coordinator.ts";
import type { Ledger } from "../coordinator/ledger.ts";
import type { NewJob } from "../coordinator/job-spec.ts";
import type { DeployRequest } from "../observe/cluster-requests.ts";
import { clusterRoutes, type ObservedCluster } from "../observe/cluster-routes.ts";
import { isLoopback } from "../observe/http-guard.ts";
import type { Logger } from "../ports/logger.ts";
import type { Address, TlsOptions } from "../ports/network.ts";
import type { Store } from "../ports/store.ts";
import { systemDisk } from "../storage/system-disk.ts";
import { tcpNetwork } from "../transport/tcp.ts";
import { assembleCoordinator } from "./assemble-coordinator.ts";
import { type DeployPlace, specOf } from "./deploy-app.ts";
import { warnInsecure } from "./insecure-warning.ts";
import { lockFolder } from "./folder-lock.ts";
import { hostId } from "./host-id.ts";
import { checkNotOfRun } from "./run-folder.ts";
import { type HttpSettings, readToken, serveRoutes } from "./node-http.ts";
import { checkReach } from "./reach.ts";
import { secureNetwork } from "./secure-network.ts";
import { systemClock } from "./system-clock.ts";
import { openOwnStore } from "./open-store.ts";
import { systemCrypto } from "./system-crypto.ts";
import { systemRandom } from "./system-random.ts";
import { readTls, type TlsFiles } from "./tls-files.ts";
import { readOrMakeToken, tokenPath } from "./token-file.ts";

export interface CoordinatorNodeSettings {
  /** Where workers come in. */
  readonly listen: Address;
  readonly http: Address | "off";
  /** Absolute paths. */
  readonly apps: string;
  readonly data: string;
  /** Where checkpoints are; by default a folder in `data`. */
  readonly store?: string | undefined;
  readonly tokenFile: string | undefined;
  /** Absolute paths. Workers and commands then need certificates of the same authority. */
  readonly tls?: TlsFiles | undefined;
  readonly isInsecure: boolean;
  readonly metrics: boolean;
  /** How soon files of checkpoints are read back again; 0: never. */
  readonly verifyMs?: number | undefined;
  readonly version: string;
  readonly log: Logger;
  /** How HTTP is served in place of `http`, where not by the cluster's token: then nothing can be
   *  deployed by it, since whoever can deploy runs code as this user. */
  readonly ownHttp?: HttpSettings | undefined;
  /** Where bundles of apps are made; by default in `data`. */
  readonly cacheFolder?: string | undefined;
  /** How long an app may take to load. */
  readonly loadWithinMs?: number;
}

export interface RunningCoordinator {
  readonly listen: Address;
  readonly http: Address | undefined;
  readonly cluster: string;
  readonly leaderEpoch: number;
  /** Where the token lies. */
  readonly tokenFile: string;
  readonly store: Pick<Store, "url" | "durability">;
  /** Jobs that were taken up from the log. */
  readonly jobs: readonly string[];
  readonly observed: ObservedCluster;
  /** Finds, bundles and tries an app, for `deploy`. */
  prepare(request: DeployRequest): Promise<NewJob>;
  deploy(spec: NewJob): Promise<void>;
  /** Of one of `jobs`: whether it can go on as this. @throws {WallarooError} why it cannot */
  checkCutOff(spec: NewJob, dropped: readonly string[]): Promise<void>;
  /** Begins a job where an ended one of its name was. Returns where, if there was a checkpoint.
   *  `dropped`: states that may be left behind. */
  succeed(spec: NewJob, dropped: readonly string[]): Promise<Succession | undefined>;
  /** Begins a job from a chosen checkpoint of the ended one of its name. */
  restore(spec: NewJob, request: RestoreRequest): Promise<void>;
  /** Calls `fn` whenever `observed` may have changed. */
  watch(fn: () => void): void;
  /** Lets workers and HTTP go. */
  close(): Promise<void>;
  /** Resolves when closed; rejects when it cannot go on. */
  readonly done: Promise<void>;
}

/** @throws {WallarooError} `folder_in_use`, `folder_of_run`, `not_leader`, `log_damaged`,
 *  `port_in_use`, `not_loopback` */
export async function startCoordinator(
  settings: CoordinatorNodeSettings,
): Promise<RunningCoordinator> {
  const { data, log, listen, verifyMs } = settings;
  checkReach(listen, settings.isInsecure || settings.tls !== undefined);
  checkNotOfRun(data);
  const [clock, crypto, disk] = [systemClock(), systemCrypto(), systemDisk()];
  const tls = await tlsOf(settings, clock.now());
  using stack = new DisposableStack();
  const folder = resolve(data, "cluster");
  stack.use(lockFolder(folder, "another coordinator"));
  const { tokenFile, token } = secretOf(settings);
  const store = await openOwnStore(storeUrl(settings), { disk, crypto, log });
  const ended = Promise.withResolvers<void>();
  const watchers: (() => void)[] = [];
  const onFatal = fatalTo(ended.reject, log);
  const { coordinator, bundles, ledger, cluster, leadership } = await assembleCoordinator({
    clock,
    crypto,
    disk,
    folder,
    log,
    token,
    store,
    verifyMs,
    network: secureNetwork(tcpNetwork(), tls, "worker"),
    engine: engineOf(settings.version),
    random: systemRandom(),
    onChange: () => watchers.forEach((changed) => changed()),
    onFatal,
    leads: leadsAs(settings, folder),
  });
  stack.defer(() => void leadership?.release());
  ended.promise.catch(() => undefined);
  const jobs = [...ledger.jobs].flatMap(([job, { outcome }]) => (outcome ? [] : [job]));
  const bound = await coordinator.open(listen);
  stack.defer(() => coordinator.close());
  leadership?.keep(`${bound.host}:${bound.port}`, onFatal);
  const place = placeOf(settings, bundles, () => clock.now());
  const prepare = (request: DeployRequest): Promise<NewJob> => specOf(request, place);
  const observed = observedOf(coordinator, prepare);
  const http = await openHttp(settings, observed, tokenFile, tls);
  const open = tls === undefined ? [bound, ...(http === undefined ? [] : [http.address])] : [];
  stack.use(warnInsecure(open, { clock, log }));
  const owned = stack.move();
  return {
    listen: bound,
    http: http?.address,
    cluster,
    leaderEpoch: ledger.leaderEpoch,
    tokenFile,
    store,
    jobs,
    observed,
    prepare,
    deploy: (spec) => coordinator.archive.beginAfresh(spec),
    checkCutOff: (spec, dropped) => coordinator.archive.checkCutOff(spec, dropped),
    ...beginningsOf(coordinator, ledger),
    watch: (fn) => void watchers.push(fn),
    done: ended.promise,
    close: async () => {
      await http?.close();
      // How a job ended is written while all ends.
      await ledger.settled();
      await leadership?.release();
      owned.dispose();
      ended.resolve();
    },
  };
}

async function tlsOf(
  { tls, log }: CoordinatorNodeSettings,
  now: number,
): Promise<TlsOptions | undefined> {
  return tls && (await readTls(tls, ["coordinator"], { now, log })).options;
}

function secretOf({ tokenFile, data }: CoordinatorNodeSettings) {
  const file = tokenFile ?? tokenPath(data);
  const text = tokenFile === undefined ? readOrMakeToken(file) : readToken(file);
  return { tokenFile: file, token: new TextEncoder().encode(text) };
}

function storeUrl({ store, data }: CoordinatorNodeSettings): string {
  return store ?? `file://${resolve(data, "store")}`;
}

/** A job that is shown as ended may not be in the log yet. */
function beginningsOf(
  { archive }: Coordinator,
  ledger: Ledger,
): Pick<RunningCoordinator, "succeed" | "restore"> {
  return {
    succeed: async (spec, dropped) => {
      await ledger.settled();
      return await archive.succeed(spec, dropped);
    },
    restore: async (spec, request) => {
      await ledger.settled();
      await archive.restore(spec.job, request, spec);
    },
  };
}

function fatalTo(reject: (error: Error) => void, log: Logger): (error: unknown) => void {
  return (error) => {
    log.error("the coordinator cannot go on", { error: messageOf(error) });
    reject(error instanceof Error ? error : new Error(messageOf(error)));
  };
}

/** A store in its own folder is under the lock of that. */
function leadsAs({ store, listen }: CoordinatorNodeSettings, folder: string) {
  if (store === undefined) return undefined;
  return { holder: `${hostId()} ${folder}`, address: `${listen.host}:${listen.port}` };
}

async function openHttp(
  { http, ownHttp, isInsecure, log }: CoordinatorNodeSettings,
  observed: ObservedCluster,
  tokenFile: string,
  tls: TlsOptions | undefined,
) {
  if (ownHttp !== undefined) {
    const seen = { ...observed, deploy: cannotDeploy };
    return await serveRoutes((guard) => clusterRoutes(seen, guard), ownHttp, log);
  }
  if (http === "off") return undefined;
  const settings = { address: http, tokenFile, isInsecure, tls };
  return await serveRoutes((guard) => clusterRoutes(observed, guard), settings, log);
}

function cannotDeploy(): never {
  throw userError(
    "no_deploy",
    "this cluster runs one app, and nothing else can be deployed: start `wallaroo coordinator`",
  );
}

function placeOf(
  { apps, data, cacheFolder, http, metrics, loadWithinMs }: CoordinatorNodeSettings,
  bundles: BundleStore,
  now: () => number,
): DeployPlace {
  return {
    appsFolder: apps,
    cacheFolder: cacheFolder ?? resolve(data, "cache"),
    bundles,
    // Whoever has the token and reaches loopback could run the file anyway.
    allowsPaths: http === "off" || isLoopback(http.host),
    metrics,
    now,
    ...(loadWithinMs === undefined ? {} : { loadWithinMs }),
  };
}

function observedOf(
  coordinator: Coordinator,
  prepare: (request: DeployRequest) => Promise<NewJob>,
): ObservedCluster {
  const { view } = coordinator;
  return {
    summary: () => view.summary(),
    jobs: () => view.jobs(),
    workers: () => view.workers(),
    job: (job) => view.job(job),
    status: (job) => view.status(job),
    stop: (job, how) => coordinator.stop(job, how),
    barrier: (job) => coordinator.barrier(job),
    checkpoints: (job) => coordinator.archive.checkpoints(job),
    unreadable: (job) => coordinator.archive.unreadable(job),
    savepoint: (job) => coordinator.archive.savepoint(job),
    removeSavepoint: (job, name) => coordinator.archive.removal.remove(job, name),
    restore: async (job, request) => {
      await coordinator.archive.restore(job, request);
      return view.job(job);
    },
    deploy: async (request) => {
      const spec = await prepare(request);
      const { from, dropStates = [] } = request;
      if (from === undefined) await coordinator.archive.beginAfresh(spec);
      else await coordinator.archive.beginFrom(spec, from, dropStates);
      return view.job(spec.job);
    },
  };
}
