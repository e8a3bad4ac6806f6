/** A worker's process, wired: data port, control plane, apps, parts of jobs. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { engineOf } from "../control/version.ts";
import { LinkHub, type LinkPorts } from "../exchange/link-hub.ts";
import { LinkServer } from "../exchange/link.ts";
import type { Logger } from "../ports/logger.ts";
import type { Address } from "../ports/network.ts";
import { systemDisk } from "../storage/system-disk.ts";
import { tcpNetwork } from "../transport/tcp.ts";
import { JobPart } from "../worker/part.ts";
import type { PartSettings } from "../worker/part-contract.ts";
import type { WorkerPorts } from "../worker/ports.ts";
import { Worker } from "../worker/worker.ts";
import { clusterApps } from "./cluster-apps.ts";
import { checkReach } from "./coordinator-node.ts";
import { warnInsecure } from "./insecure-warning.ts";
import { readToken } from "./node-http.ts";
import { systemClock } from "./system-clock.ts";
import { systemCrypto } from "./system-crypto.ts";
import { systemRandom } from "./system-random.ts";
import { systemStdio } from "./system-stdio.ts";
import { readOrMakeToken, tokenPath } from "./token-file.ts";
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
  readonly isInsecure: boolean;
  readonly version: string;
  readonly log: Logger;
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
  checkReach(listen, settings.isInsecure);
  const crypto = systemCrypto();
  using stack = new DisposableStack();
  // Whoever comes first makes it, coordinator or worker: the order of starts does not matter.
  const secret =
    tokenFile === undefined ? readOrMakeToken(tokenPath(folder)) : readToken(tokenFile);
  const token = new TextEncoder().encode(secret);
  const own = stack.use(takeWorkerFolder(folder, settings.name, crypto));
  const { name } = own;
  const log = settings.log.child({ worker: name });
  const ports = {
    clock: systemClock(),
    random: systemRandom(),
    network: tcpNetwork(),
    disk: systemDisk(),
    stdio: systemStdio(),
    log,
  };
  const links = { ...ports, crypto, token };
  const server = await LinkServer.listen({ ...links, self: name, address: listen });
  stack.defer(() => server.close());
  stack.use(warnInsecure([server.address], ports));
  const worker = new Worker({
    ...ports,
    name,
    engine: engineOf(settings.version),
    token,
    crypto,
    coordinators: settings.join,
    data: settings.advertise ?? server.address,
    host: hostId(),
    apps: await clusterApps(join(own.path, "cache"), settings.modules),
    makePart: (part) => makePart(part, { ports, links, server }),
    memory: () => process.memoryUsage.rss(),
  });
  worker.start();
  const owned = stack.move();
  return {
    name,
    data: server.address,
    stop: () => worker.stop(),
    done: ended(worker, owned),
  };
}

async function ended(worker: Worker, owned: Disposable): Promise<void> {
  using _ = owned;
  try {
    await worker.done;
  } finally {
    await worker.commander.close();
  }
}

interface PartsOfNode {
  readonly ports: WorkerPorts;
  readonly links: LinkPorts;
  readonly server: LinkServer;
}

async function makePart(part: PartSettings, { ports, links, server }: PartsOfNode) {
  const { job, generation, placement, self } = part;
  const parts: JobPart[] = [];
  let early: Error | undefined;
  const hub = new LinkHub({
    ports: links,
    server,
    job,
    generation,
    workers: placement.workers,
    self,
    onLost: (error) => {
      early = error;
      for (const made of parts) made.fail(error);
    },
  });
  const made = await JobPart.make(part, { ports, hub });
  parts.push(made);
  if (early !== undefined) made.fail(early);
  return made;
}

/** Tells hosts apart, also those that were given one name. */
function hostId(): string {
  let boot = "";
  try {
    boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    // Not every system tells: the name alone has to do.
  }
  return boot === "" ? hostname() : `${hostname()}/${boot}`;
}
