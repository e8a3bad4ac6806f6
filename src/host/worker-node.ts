/** A worker's process, wired: data port, control plane, apps, parts of jobs. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { userError } from "../base/errors.ts";
import { engineOf } from "../control/version.ts";
import { UNIX_PATH_BYTES_MAX } from "../model/wire-limits.ts";
import type { LogLevels } from "../model/log-levels.ts";
import type { Logger } from "../ports/logger.ts";
import type { Address, Network } from "../ports/network.ts";
import { StrictDisk } from "../storage/strict-disk.ts";
import { systemDisk } from "../storage/system-disk.ts";
import { tcpNetwork } from "../transport/tcp.ts";
import type { Worker } from "../worker/worker.ts";
import { onExitAsked } from "./app-exit.ts";
import { assembleWorker } from "./assemble-worker.ts";
import { clusterApps } from "./cluster-apps.ts";
import { hostId } from "./host-id.ts";
import { warnInsecure } from "./insecure-warning.ts";
import { readToken } from "./node-http.ts";
import { storeOpener } from "./open-store.ts";
import { checkReach } from "./reach.ts";
import { recordLogs } from "./record-logs.ts";
import { secureNetwork } from "./secure-network.ts";
import { systemClock } from "./system-clock.ts";
import { systemCrypto } from "./system-crypto.ts";
import { systemRandom } from "./system-random.ts";
import { systemStdio } from "./system-stdio.ts";
import { type NodeTls, readTls, type TlsFiles } from "./tls-files.ts";
import { readOrMakeToken, tokenPath } from "./token-file.ts";
import { threadPulse } from "./thread-pulse.ts";
import type { VirtualModules } from "./virtual-modules.ts";
import { takeWorkerFolder } from "./worker-folder.ts";

export interface WorkerNodeSettings {
  /** Of the coordinators. */
  readonly join: readonly Address[];
  /** Undefined: the name that its folder has, or a new one. */
  readonly name: string | undefined;
  /** Where other workers bring records. */
  readonly listen: Address;
  /** Where they find it, when that is another address. */
  readonly advertise: Address | undefined;
  /** Absolute path. */
  readonly data: string;
  readonly tokenFile: string | undefined;
  /** Absolute paths, in which `{name}` stands for its name. */
  readonly tls?: TlsFiles | undefined;
  readonly isInsecure: boolean;
  readonly version: string;
  readonly log: Logger;
  /** Of single steps; by default all have `info`. */
  readonly levels?: LogLevels | undefined;
  /** Whether another thread tells the coordinator of a loop that is stuck, and ends the process
   *  when it is for too long. Default true. */
  readonly hasPulse?: boolean;
  /** Modules besides `wallaroo` that apps may import. */
  readonly modules?: VirtualModules;
}

export interface RunningWorker {
  readonly name: string;
  readonly data: Address;
  /** Ends its part, says goodbye. */
  stop(): Promise<void>;
  /** Resolves after `stop`. @throws {WallarooError} what the coordinator refuses it for */
  readonly done: Promise<void>;
}

/** @throws {WallarooError} `folder_in_use`, `port_in_use`, `not_loopback`, `bad_token_file` */
export async function startWorker(settings: WorkerNodeSettings): Promise<RunningWorker> {
  const { data: folder, listen, tokenFile } = settings;
  const isAllowed = settings.isInsecure || settings.tls !== undefined;
  for (const address of [listen, ...settings.join]) checkReach(address, isAllowed);
  const crypto = systemCrypto();
  const tls = await tlsOfWorker(settings);
  using stack = new DisposableStack();
  // Whoever comes first makes it, coordinator or worker: the order of starts does not matter.
  const secret =
    tokenFile === undefined ? readOrMakeToken(tokenPath(folder)) : readToken(tokenFile);
  const token = new TextEncoder().encode(secret);
  const own = stack.use(takeWorkerFolder(folder, tls?.name ?? settings.name, crypto));
  const { name } = own;
  const log = settings.log.child({ worker: name });
  const ports = {
    clock: systemClock(),
    random: systemRandom(),
    network: tcpNetwork(),
    disk: systemDisk(),
    stdio: systemStdio(),
    log,
    onExit: onExitAsked,
  };
  const logsOf = recordLogs({ folder: own.path, disk: new StrictDisk(ports.disk), crypto, log });
  const engine = engineOf(settings.version);
  const { hasPulse = true, levels: logLevels } = settings;
  const networkTo = (role: "coordinator" | "worker"): Network =>
    secureNetwork(ports.network, tls?.options, role);
  const pulse = hasPulse ? threadPulse({ engine, token, tls: tls?.options }, log) : undefined;
  stack.use(pulse);
  const { worker, server } = await assembleWorker({
    name,
    token,
    crypto,
    engine,
    listen,
    ports: { ...ports, logsOf },
    networks: { workers: networkTo("worker"), coordinator: networkTo("coordinator") },
    localPath: localSocket(own.path, tls),
    advertise: settings.advertise,
    pulse,
    logLevels,
    coordinators: settings.join,
    host: hostId(),
    apps: await clusterApps(join(own.path, "cache"), settings.modules),
    openStore: storeOpener({ disk: ports.disk, crypto, log }),
    memory: () => process.memoryUsage.rss(),
  });
  stack.defer(() => server.close());
  stack.use(warnInsecure(tls === undefined ? [server.address] : [], ports));
  worker.start();
  const owned = stack.move();
  return {
    name,
    data: server.address,
    stop: () => worker.stop(),
    done: ended(worker, owned),
  };
}

/** A file in the worker's own folder, which nobody else uses now. With TLS links have to prove who
 *  they are by certificates, which a socket of this host has none of. */
function localSocket(folder: string, tls: NodeTls | undefined): string | undefined {
  const path = join(folder, "data.sock");
  if (tls !== undefined || Buffer.byteLength(path) > UNIX_PATH_BYTES_MAX) return undefined;
  rmSync(path, { force: true });
  return path;
}

/** A worker has the name that its certificate says. */
async function tlsOfWorker(settings: WorkerNodeSettings): Promise<NodeTls | undefined> {
  const { tls, name, log } = settings;
  if (tls === undefined) return undefined;
  const own = (path: string): string => (name ? path.replaceAll("{name}", name) : path);
  const files = { cert: own(tls.cert), key: own(tls.key), ca: tls.ca };
  const found = await readTls(files, ["worker"], { now: systemClock().now(), log });
  if (name === undefined || found.name === name) return found;
  throw userError(
    "wrong_certificate",
    `--name is ${name}, and --tls-cert ${files.cert} is of worker ${found.name}: leave --name ` +
      `away, or make a certificate for it: wallaroo ca issue ${name}`,
  );
}

async function ended(worker: Worker, owned: Disposable): Promise<void> {
  using _ = owned;
  try {
    await worker.done;
  } finally {
    await worker.commander.close();
  }
}
