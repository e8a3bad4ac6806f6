/** A worker put together from its ports: the same in a process and in simulation. */
import type { Engine } from "../control/version.ts";
import { LinkServer } from "../exchange/link.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Address, Network } from "../ports/network.ts";
import type { JobPart } from "../worker/part.ts";
import type { PartSettings } from "../worker/part-contract.ts";
import type { WorkerPorts } from "../worker/ports.ts";
import { Worker, type WorkerSettings } from "../worker/worker.ts";
import { makePart, type PartsOfNode } from "./make-part.ts";

/** What a worker is made of. `ports.network` is what connectors use. */
export interface WorkerAssembly
  extends
    Pick<WorkerSettings, "apps" | "coordinators" | "host" | "memory" | "name" | "openStore">,
    Pick<PartsOfNode, "compiled" | "logLevels" | "pace" | "watch"> {
  readonly engine: Engine;
  readonly token: Uint8Array;
  readonly crypto: Crypto;
  readonly ports: WorkerPorts;
  /** How it reaches other workers, and the coordinator. */
  readonly networks: { readonly workers: Network; readonly coordinator: Network };
  readonly pulse?: WorkerSettings["pulse"];
  /** Where other workers bring records. */
  readonly listen: Address;
  /** A Unix socket for those of this host. */
  readonly localPath?: string | undefined;
  /** Where others find it, when that is another address. */
  readonly advertise?: Address | undefined;
  /** Bytes of data that each channel may have on the way or waiting. */
  readonly windowBytes?: number;
  /** What a part is really made of: with other sources and sinks, say. */
  readonly dress?: (part: PartSettings) => PartSettings;
  /** Called before anything can be received. */
  readonly onServer?: (server: LinkServer) => void;
  readonly onPart?: (part: JobPart) => void;
}

export interface AssembledWorker {
  /** Not started yet. */
  readonly worker: Worker;
  readonly server: LinkServer;
}

/** Listens for other workers. @throws {WallarooError} `port_in_use`, `cannot_listen` */
export async function assembleWorker(parts: WorkerAssembly): Promise<AssembledWorker> {
  const { name, token, crypto, ports, networks, windowBytes, localPath, dress } = parts;
  const links = { ...ports, network: networks.workers, crypto, token };
  const room = windowBytes === undefined ? {} : { windowBytes };
  const where = { self: name, address: parts.listen, localPath };
  const server = await LinkServer.listen({ ...links, ...where, ...room });
  parts.onServer?.(server);
  const { compiled = true, logLevels, pace, watch } = parts;
  const made = { ports, links, server, compiled, logLevels, pace };
  const node = { ...made, ...(watch === undefined ? {} : { watch }) };
  const { clock, random, log } = ports;
  const worker = new Worker({
    name,
    token,
    crypto,
    clock,
    random,
    log,
    engine: parts.engine,
    network: networks.coordinator,
    pulse: parts.pulse,
    coordinators: parts.coordinators,
    data: { ...server.address, ...parts.advertise },
    host: parts.host,
    apps: parts.apps,
    openStore: parts.openStore,
    makePart: async (part) => {
      const made = await makePart(dress?.(part) ?? part, node);
      parts.onPart?.(made);
      return made;
    },
    memory: parts.memory,
  });
  return { worker, server };
}
