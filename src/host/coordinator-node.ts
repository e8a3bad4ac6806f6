/** A coordinator's process, wired: log, token, door for workers, HTTP. */
import { resolve } from "node:path";
import { messageOf, userError } from "../base/errors.ts";
import { engineOf } from "../control/version.ts";
import { BundleStore } from "../coordinator/bundle-store.ts";
import { Coordinator } from "../coordinator/coordinator.ts";
import { Ledger } from "../coordinator/ledger.ts";
import { clusterRoutes, type ObservedCluster } from "../observe/cluster-routes.ts";
import { isLoopback } from "../observe/http-guard.ts";
import type { Logger } from "../ports/logger.ts";
import type { Address } from "../ports/network.ts";
import { FileMetaLog } from "../storage/file-meta-log.ts";
import { systemDisk } from "../storage/system-disk.ts";
import { tcpNetwork } from "../transport/tcp.ts";
import { specOf } from "./deploy-app.ts";
import { warnInsecure } from "./insecure-warning.ts";
import { lockFolder } from "./folder-lock.ts";
import { readToken, serveRoutes } from "./node-http.ts";
import { systemClock } from "./system-clock.ts";
import { systemCrypto } from "./system-crypto.ts";
import { readOrMakeToken, tokenPath } from "./token-file.ts";

export interface CoordinatorNodeSettings {
  /** Where workers come in. */
  readonly listen: Address;
  readonly http: Address | "off";
  /** Absolute paths. */
  readonly apps: string;
  readonly data: string;
  readonly tokenFile: string | undefined;
  readonly isInsecure: boolean;
  readonly metrics: boolean;
  readonly version: string;
  readonly log: Logger;
}

export interface RunningCoordinator {
  readonly listen: Address;
  readonly http: Address | undefined;
  readonly cluster: string;
  readonly leaderEpoch: number;
  /** Where the token lies. */
  readonly tokenFile: string;
  /** Jobs that were taken up from the log. */
  readonly jobs: readonly string[];
  /** Lets workers and HTTP go. */
  close(): Promise<void>;
  /** Resolves when closed; rejects when it cannot go on. */
  readonly done: Promise<void>;
}

/** @throws {WallarooError} `folder_in_use`, `log_damaged`, `port_in_use`, `not_loopback` */
export async function startCoordinator(
  settings: CoordinatorNodeSettings,
): Promise<RunningCoordinator> {
  const { data, log, listen } = settings;
  checkReach(listen, settings.isInsecure);
  using stack = new DisposableStack();
  const folder = resolve(data, "cluster");
  stack.use(lockFolder(folder, "another coordinator"));
  const tokenFile = settings.tokenFile ?? tokenPath(data);
  const token =
    settings.tokenFile === undefined ? readOrMakeToken(tokenFile) : readToken(tokenFile);
  const [clock, crypto, disk] = [systemClock(), systemCrypto(), systemDisk()];
  const metaLog = await FileMetaLog.open({ folder: resolve(folder, "log"), disk, crypto });
  const ledger = await Ledger.open(metaLog);
  const bundles = new BundleStore({ folder: resolve(folder, "bundles"), disk, crypto });
  const ended = Promise.withResolvers<void>();
  const coordinator = new Coordinator({
    clock,
    crypto,
    network: tcpNetwork(),
    log,
    engine: engineOf(settings.version),
    token: new TextEncoder().encode(token),
    cluster: metaLog.clusterId,
    ledger,
    bundles,
    onFatal: (error) => {
      log.error("the coordinator cannot go on", { error: messageOf(error) });
      ended.reject(error instanceof Error ? error : new Error(messageOf(error)));
    },
  });
  ended.promise.catch(() => undefined);
  const jobs = [...ledger.jobs].flatMap(([job, { outcome }]) => (outcome ? [] : [job]));
  const bound = await coordinator.open(listen);
  stack.defer(() => coordinator.close());
  const observed = observedOf(coordinator, settings, bundles, () => clock.now());
  const http = await openHttp(settings, observed, tokenFile);
  stack.use(warnInsecure([bound, ...(http === undefined ? [] : [http.address])], { clock, log }));
  const owned = stack.move();
  return {
    listen: bound,
    http: http?.address,
    cluster: metaLog.clusterId,
    leaderEpoch: ledger.leaderEpoch,
    tokenFile,
    jobs,
    done: ended.promise,
    close: async () => {
      await http?.close();
      owned.dispose();
      ended.resolve();
    },
  };
}

async function openHttp(
  { http, isInsecure, log }: CoordinatorNodeSettings,
  observed: ObservedCluster,
  tokenFile: string,
) {
  if (http === "off") return undefined;
  const settings = { address: http, tokenFile, isInsecure };
  return await serveRoutes((guard) => clusterRoutes(observed, guard), settings, log);
}

function observedOf(
  coordinator: Coordinator,
  { apps, data, http, metrics }: CoordinatorNodeSettings,
  bundles: BundleStore,
  now: () => number,
): ObservedCluster {
  const { view } = coordinator;
  const place = {
    appsFolder: apps,
    cacheFolder: resolve(data, "cache"),
    bundles,
    // Whoever has the token and reaches loopback could run the file anyway.
    allowsPaths: http !== "off" && isLoopback(http.host),
    metrics,
    now,
  };
  return {
    summary: () => view.summary(),
    jobs: () => view.jobs(),
    workers: () => view.workers(),
    job: (job) => view.job(job),
    status: (job) => view.status(job),
    stop: (job, how) => coordinator.stop(job, how),
    barrier: (job) => coordinator.barrier(job),
    deploy: async (request) => {
      const spec = await specOf(request, place);
      await coordinator.deploy(spec);
      return view.job(spec.job);
    },
  };
}

/** @throws {WallarooError} `not_loopback` */
export function checkReach({ host }: Address, isInsecure: boolean): void {
  if (isLoopback(host) || isInsecure) return;
  throw userError(
    "not_loopback",
    `${host} can be reached from other machines, and what is said there is not encrypted: listen ` +
      "at 127.0.0.1, or say --insecure where the network is trusted",
  );
}
