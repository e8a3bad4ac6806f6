/**
 * A worker's process on a simulated host: the real data port, control plane and parts of jobs; only
 * the ports are simulated.
 */
import { engineOf } from "../control/version.ts";
import type { ChannelHub } from "../exchange/channel-hub.ts";
import type { LinkHub } from "../exchange/link-hub.ts";
import type { LinkServer } from "../exchange/link.ts";
import { assembleWorker } from "../host/assemble-worker.ts";
import { recordLogs } from "../host/record-logs.ts";
import type { Disk } from "../ports/disk.ts";
import type { Address } from "../ports/network.ts";
import type { Store } from "../ports/store.ts";
import { StrictDisk } from "../storage/strict-disk.ts";
import type { AppSource } from "../worker/app-source.ts";
import type { JobPart } from "../worker/part.ts";
import type { PartSettings } from "../worker/part-contract.ts";
import type { SnapshotPace } from "../worker/task-snapshots.ts";
import type { Worker } from "../worker/worker.ts";
import { NOTHING_OUTSIDE } from "./nothing-outside.ts";
import type { SimHost } from "./sim-host.ts";

/** Where workers listen for each other. */
const DATA_PORT = 7_100;

/** What a simulated worker is made of, and who looks on. */
export interface SimWorkerSettings {
  readonly host: SimHost;
  readonly coordinators: readonly Address[];
  readonly token: Uint8Array;
  /** The files of connectors. */
  readonly disk: Disk;
  /** Where checkpoints are, whatever its URL. */
  readonly store: Store;
  readonly apps: AppSource;
  /** Bytes of data that each channel may have on the way or waiting. */
  readonly windowBytes: number;
  readonly isCompiled: boolean;
  readonly pace?: SnapshotPace | undefined;
  /** What a part is really made of: with other sources and sinks, say. */
  readonly dress: (part: PartSettings) => PartSettings;
  /** Looks at the channels of a part. */
  readonly watch: (hub: LinkHub, part: PartSettings) => ChannelHub;
  readonly onServer: (server: LinkServer) => void;
  /** The coordinator refuses it for good. */
  readonly onEnd: (error: unknown) => void;
}

export interface SimWorker {
  readonly worker: Worker;
  readonly server: LinkServer;
  /** The part that was made last. */
  readonly part: JobPart | undefined;
}

/** Starts the process of a host that is alive. */
export async function startSimWorker(settings: SimWorkerSettings): Promise<SimWorker> {
  const { host, token, windowBytes, coordinators, apps, disk, isCompiled: compiled } = settings;
  const { name } = host;
  const { clock, network, random, crypto, log: hostLog } = host.life;
  const log = hostLog.child({ worker: name });
  const logsDisk = new StrictDisk(host.ownDisk);
  const logsOf = recordLogs({ folder: "/worker", disk: logsDisk, crypto, log });
  let last: JobPart | undefined;
  const { pace, dress, watch, onServer } = settings;
  const { worker, server } = await assembleWorker({
    name,
    token,
    crypto,
    windowBytes,
    coordinators,
    apps,
    compiled,
    host: name,
    pace,
    dress,
    watch,
    onServer,
    engine: engineOf("simulated"),
    ports: { clock, network, random, disk, log, stdio: NOTHING_OUTSIDE.stdio, logsOf },
    networks: { workers: network, coordinator: network },
    listen: { host: name, port: DATA_PORT },
    openStore: () => Promise.resolve(settings.store),
    onPart: (part) => (last = part),
    memory: () => 0,
  });
  worker.start();
  worker.done.catch((error: unknown) => settings.onEnd(error));
  return {
    worker,
    server,
    get part() {
      return last;
    },
  };
}
