/**
 * A cluster in a simulated world: a coordinator's host, hosts of workers, one app. The real
 * processes run on them, are killed and started again.
 *
 * Owns: what runs on which host now. Does not own: faults, what is checked.
 */
import type { ChannelHub } from "../exchange/channel-hub.ts";
import type { LinkHub } from "../exchange/link-hub.ts";
import type { LinkServer } from "../exchange/link.ts";
import { appGraph } from "../host/app-graph.ts";
import { Prng } from "../base/prng.ts";
import type { Pipeline } from "../model/pipeline.ts";
import { graphLines } from "../planner/graph-hash.ts";
import { plan } from "../planner/plan.ts";
import type { Disk } from "../ports/disk.ts";
import type { Store } from "../ports/store.ts";
import { FileStore } from "../storage/file-store.ts";
import type { AppSource } from "../worker/app-source.ts";
import type { SnapshotPace } from "../worker/task-snapshots.ts";
import type { PartSettings } from "../worker/part-contract.ts";
import { EffectDisk } from "./effects.ts";
import { COORDINATOR_PORT, type SimCoordinator, startSimCoordinator } from "./sim-coordinator.ts";
import { SimDisk } from "./sim-disk.ts";
import type { Life, SimHost } from "./sim-host.ts";
import { type Trouble, TroubledDisk } from "./troubled-disk.ts";
import { type SimWorker, startSimWorker } from "./sim-worker.ts";
import type { World } from "./world.ts";

/** How long whoever watches over processes waits. */
const RESTART_MS = 500;
const TOKEN = new TextEncoder().encode("the token of a simulated cluster");

/** How a simulated cluster is made, and who looks on. */
export interface SimClusterOptions {
  readonly workers: number;
  /** The app's graph, built anew for each part, as a process would that loads the app. */
  readonly build: (worker: string) => Pipeline | Promise<Pipeline>;
  readonly job: string;
  readonly metrics?: boolean;
  /** The files of connectors; by default each host has its own. */
  readonly disk?: Disk;
  /** There is a second host for a coordinator, with the same store and folder: one leads. */
  readonly hasSecond?: boolean;
  readonly windowBytes?: number;
  readonly isCompiled?: boolean;
  readonly pace?: SnapshotPace;
  /** Of the troubles with the store. */
  readonly storeSeed?: number;
  readonly dress?: (part: PartSettings, host: SimHost) => PartSettings;
  readonly watch?: (hub: LinkHub, part: PartSettings) => ChannelHub;
  readonly onServer?: (server: LinkServer, host: SimHost) => void;
}

export class SimCluster {
  readonly world: World;
  readonly boss: SimHost;
  /** Where a second coordinator may be started. */
  readonly second: SimHost | undefined;
  readonly hosts: readonly SimHost[];
  /** What runs on the hosts of workers now, by name. */
  readonly workers = new Map<string, SimWorker>();
  coordinator: SimCoordinator | undefined;
  #leader: SimHost | undefined;
  /** Why processes ended by themselves. */
  readonly ends: unknown[] = [];
  /** Where checkpoints are: a machine of its own, which all reach. */
  readonly storeDisk: SimDisk;
  /** What is wrong with the way to it now. */
  storeTrouble: Trouble | undefined = undefined;
  /** What came of that, counted. */
  readonly storeTroubles = { refused: 0, lost: 0, late: 0 };
  readonly #options: SimClusterOptions;
  readonly #storePrng: Prng;

  constructor(world: World, options: SimClusterOptions) {
    this.world = world;
    this.#options = options;
    this.storeDisk = new SimDisk({ now: () => world.clock.now() });
    this.#storePrng = new Prng(options.storeSeed ?? 1);
    this.boss = world.host("coordinator");
    this.second = options.hasSecond === true ? world.host("second") : undefined;
    this.hosts = Array.from({ length: options.workers }, (_, i) => world.host(`w${i + 1}`));
  }

  /** Starts the process of a coordinator. */
  async startBoss(host: SimHost = this.boss): Promise<void> {
    const { life } = host;
    this.#forget(host);
    const started = await startSimCoordinator({
      host,
      token: TOKEN,
      store: this.#store(host),
      disk: this.boss.ownDisk,
      hasLease: this.second !== undefined,
      onFatal: (error) => {
        if (host.life === life) this.#ended(host, error);
      },
    });
    if (host.life !== life) return;
    this.coordinator = started;
    this.#leader = host;
  }

  #forget(host: SimHost): void {
    if (this.#leader === host) this.coordinator = undefined;
  }

  get #bosses(): readonly SimHost[] {
    return this.second === undefined ? [this.boss] : [this.boss, this.second];
  }

  /** Starts the process of a worker. */
  async startWorker(host: SimHost): Promise<void> {
    const { options, life } = { options: this.#options, life: host.life };
    const { dress, watch, onServer } = options;
    const started = await startSimWorker({
      host,
      coordinators: this.#bosses.map(({ name }) => ({ host: name, port: COORDINATOR_PORT })),
      token: TOKEN,
      apps: this.#apps(host),
      disk: options.disk ?? host.ownDisk,
      store: this.#store(host),
      windowBytes: options.windowBytes ?? 256 * 1024,
      isCompiled: options.isCompiled ?? true,
      pace: options.pace,
      dress: (part) => dress?.(part, host) ?? part,
      watch: (hub, part) => watch?.(hub, part) ?? hub,
      onServer: (server) => onServer?.(server, host),
      onEnd: (error) => {
        if (host.life === life) this.#ended(host, error);
      },
    });
    if (host.life === life && host.isAlive) this.workers.set(host.name, started);
  }

  /** Starts the process of a host for the first time; nothing, when it was killed meanwhile. */
  start(host: SimHost): void {
    if (host.crashes > 0) return;
    this.#begin(host, host.life).catch((error: unknown) => this.#ended(host, error));
  }

  /** Kills the process of a host. */
  kill(host: SimHost, how: { readonly hasPower: boolean }): void {
    host.crash(how);
    if (this.#bosses.includes(host)) this.#forget(host);
    else this.workers.delete(host.name);
  }

  /** Starts a process on a host whose process was killed. */
  async restart(host: SimHost): Promise<void> {
    const life = host.restart();
    await this.#begin(host, life).catch((error: unknown) => {
      if (host.life === life) this.#ended(host, error);
    });
  }

  async #begin(host: SimHost, life: Life): Promise<void> {
    if (host.life !== life || !host.isAlive) return;
    if (this.#bosses.includes(host)) await this.startBoss(host);
    else await this.startWorker(host);
  }

  /** Gives the app to the coordinator. */
  async deploy(workers?: number): Promise<void> {
    const { build, job } = this.#options;
    const { coordinator, bundles } = this.coordinator!;
    const graph = appGraph(await build("coordinator"));
    const bundle = await bundles.put(new TextEncoder().encode(job));
    await coordinator.archive.beginAfresh({
      job,
      app: job,
      file: job,
      bundle,
      set: {},
      workers,
      metrics: this.#options.metrics ?? false,
      createdAt: this.world.clock.now(),
      graph,
    });
  }

  /** The job as the coordinator sees it; undefined while there is none. */
  get summary() {
    const { job } = this.#options;
    const view = this.coordinator?.coordinator.view;
    return view?.jobs().find((one) => one.job === job);
  }

  /** A process ended by itself: whoever watches over it starts it again. */
  #ended(host: SimHost, error: unknown): void {
    if (!host.isAlive) return;
    this.ends.push(error);
    this.kill(host, { hasPower: true });
    this.world.clock.after(RESTART_MS, () => {
      if (!host.isAlive) void this.restart(host);
    });
  }

  /** The store, as a process of this host has opened it. */
  #store(host: SimHost): Store {
    const { world, storeDisk } = this;
    const { life } = host;
    const isWatched = world.effects !== undefined;
    const disk = new TroubledDisk({
      disk: isWatched ? new EffectDisk(storeDisk, "store", world, host) : storeDisk,
      clock: life.clock,
      worldClock: this.world.clock,
      prng: this.#storePrng,
      trouble: () => this.storeTrouble,
      note: (what) => void this.storeTroubles[what]++,
    });
    return new FileStore({ folder: "/store", disk, crypto: life.crypto });
  }

  /** What its process holds of apps: it is gone with it. */
  #apps(host: SimHost): AppSource {
    const bundles = new Set<string>();
    return {
      has: async (bundle) => bundles.has(bundle),
      keep: async (bundle) => void bundles.add(bundle),
      build: async ({ workers }) => {
        const pipeline = await this.#options.build(host.name);
        return {
          pipeline,
          plan: plan(pipeline, workers),
          lines: graphLines(pipeline),
          release: () => undefined,
        };
      },
    };
  }
}
