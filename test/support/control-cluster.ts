/** A coordinator and workers in one process and simulated time; the test makes parts of jobs. */
import { WallarooError } from "../../src/base/errors.ts";
import { engineOf } from "../../src/control/version.ts";
import { BundleStore } from "../../src/coordinator/bundle-store.ts";
import { Coordinator } from "../../src/coordinator/coordinator.ts";
import type { NewJob } from "../../src/coordinator/job-spec.ts";
import { Ledger } from "../../src/coordinator/ledger.ts";
import { appGraph } from "../../src/host/app-graph.ts";
import { systemCrypto } from "../../src/host/system-crypto.ts";
import type { PartSnapshot } from "../../src/model/checkpoint.ts";
import type { Pipeline } from "../../src/model/pipeline.ts";
import type { JobStatus } from "../../src/model/status.ts";
import { graphLines } from "../../src/planner/graph-hash.ts";
import { plan } from "../../src/planner/plan.ts";
import { FileMetaLog } from "../../src/storage/file-meta-log.ts";
import { FileStore } from "../../src/storage/file-store.ts";
import { SimClock } from "../../src/testing/sim-clock.ts";
import { SimDisk } from "../../src/testing/sim-disk.ts";
import type { Part, PartEnd, PartSettings } from "../../src/worker/part-contract.ts";
import { Worker } from "../../src/worker/worker.ts";
import { LoopNetwork } from "./loop-network.ts";
import { map, sink, source } from "./pipelines.ts";
import { silentLogger } from "./run-app.ts";

export const crypto = systemCrypto();
export const TOKEN = new TextEncoder().encode("a token of some length");

export function pipeline(name = "copy"): Pipeline {
  const keyBy = { kind: "keyBy", fn: () => "key" } as const;
  const specs = { in: source(), key: keyBy, count: map, out: sink() };
  return {
    app: name,
    steps: Object.entries(specs).map(([step, spec], id) => {
      const inputs = id === 0 ? [] : [{ from: id - 1, output: 0 }];
      return { id, name: step, spec, inputs, at: "here" };
    }),
  };
}

/** What a part did, and what the test lets it do. */
export class TestPart implements Part {
  readonly settings: PartSettings;
  readonly calls: string[] = [];
  readonly done: Promise<PartEnd>;
  isKilled = false;
  /** Rejects what is begun from now on. */
  failWith: Error | undefined;
  readonly #end = Promise.withResolvers<PartEnd>();

  constructor(settings: PartSettings) {
    this.settings = settings;
    this.done = this.#end.promise;
  }
  async start(): Promise<void> {
    this.#call("start");
  }
  /** Whether its sink has something to commit at each barrier. */
  isPrepared = false;
  /** Where its source stands at each barrier: it goes on, unless the test says other. */
  position: number | undefined;
  async barrier(epoch: number): Promise<PartSnapshot> {
    this.#call(`barrier ${epoch}`);
    const { worker: split } = this.settings;
    const position = this.position ?? epoch;
    const positions = [{ source: "in", split, position, isDone: false }];
    const output = { sink: "out", target: undefined, index: this.settings.self };
    const pending = `output of ${epoch}`;
    return { tasks: [], positions, committables: this.isPrepared ? [{ ...output, pending }] : [] };
  }
  async commit(epoch: number): Promise<void> {
    this.#call(`commit ${epoch}`);
    if (this.unsealed > 0) this.unsealed--;
  }
  stop(): void {
    this.calls.push("stop");
    this.#end.resolve({ state: "stopped" });
  }
  finish(): void {
    this.#end.resolve({ state: "finished" });
  }
  fail(code: string, domain: "user" | "external"): void {
    const error = new WallarooError(code, `step "count": ${code}`, { domain });
    this.#end.resolve({ state: "failed", error });
  }
  /** Epochs that are still needed after the end. */
  unsealed = 0;
  get isSealed(): boolean {
    return this.unsealed === 0;
  }
  async drain(): Promise<void> {
    this.calls.push("drain");
  }
  async kill(): Promise<void> {
    this.isKilled = true;
    this.#end.resolve({ state: "killed" });
  }
  status(): JobStatus {
    const { job, app, worker } = this.settings;
    const counts = { records: 5, pending: 0, facts: {} };
    const times = { startedAt: 0, upMs: 0, metrics: true, epoch: 0 };
    const [kind, about] = ["test", "a test"];
    const input = { name: "in", kind, about, addresses: [], splits: 1, bytes: 1, invalid: 0 };
    return {
      job,
      app,
      worker,
      state: "running",
      error: undefined,
      ...times,
      sources: [{ ...input, ...counts, isFinished: false, producers: [] }],
      steps: [],
      sinks: [{ name: "out", kind, about, delivery: "at-least-once", isBlocked: false, ...counts }],
    };
  }
  #call(what: string): void {
    if (this.failWith !== undefined) throw this.failWith;
    this.calls.push(what);
  }
}

export class ControlCluster {
  readonly clock = new SimClock();
  readonly network = new LoopNetwork();
  readonly disk = new SimDisk();
  readonly parts: TestPart[] = [];
  readonly workers = new Map<string, Worker>();
  readonly fatal: unknown[] = [];
  coordinator!: Coordinator;
  bundles!: BundleStore;
  /** What workers build, when it is not what was deployed. */
  builds: Pipeline | undefined;
  /** Where workers join. */
  port = 0;

  static async start(): Promise<ControlCluster> {
    const cluster = new ControlCluster();
    await cluster.startCoordinator();
    return cluster;
  }

  async startCoordinator(): Promise<void> {
    const { disk, clock, network } = this;
    const log = await FileMetaLog.open({ folder: "/data/log", disk, crypto });
    const ledger = await Ledger.open(log);
    this.bundles = new BundleStore({ folder: "/data/bundles", disk, crypto });
    this.coordinator = new Coordinator({
      clock,
      crypto,
      network,
      ledger,
      bundles: this.bundles,
      store: this.#store(),
      random: { next: () => 0.5, u32: () => 7 },
      log: silentLogger,
      engine: engineOf("test"),
      token: TOKEN,
      cluster: log.clusterId,
      onFatal: (error) => this.fatal.push(error),
    });
    const { port } = await this.coordinator.open({ host: "127.0.0.1", port: this.port });
    this.port = port;
  }

  #store(): FileStore {
    return new FileStore({ folder: "/store", disk: this.disk, crypto });
  }

  worker(name: string, token: Uint8Array = TOKEN, version = engineOf("test")): Worker {
    const { clock, network } = this;
    const kept = new Map<string, Uint8Array>();
    const worker = new Worker({
      name,
      token,
      engine: version,
      clock,
      network,
      crypto,
      log: silentLogger,
      coordinators: [{ host: "127.0.0.1", port: this.port }],
      data: { host: "127.0.0.1", port: 9 },
      host: "here",
      random: { next: () => 0.5, u32: () => 7 },
      memory: () => 1_000,
      apps: {
        has: (bundle) => Promise.resolve(kept.has(bundle)),
        keep: async (bundle, bytes) => void kept.set(bundle, bytes),
        build: async ({ app, workers }) => {
          const built = this.builds ?? pipeline(app);
          return {
            pipeline: built,
            plan: plan(built, workers),
            lines: graphLines(built),
            release: () => undefined,
          };
        },
      },
      openStore: () => Promise.resolve(this.#store()),
      makePart: async (settings) => {
        const part = new TestPart(settings);
        this.parts.push(part);
        return part;
      },
    });
    this.workers.set(name, worker);
    // Who cares awaits it.
    worker.done.catch(() => undefined);
    worker.start();
    return worker;
  }

  async deploy(job = "copy", workers?: number): Promise<void> {
    await this.coordinator.deploy(await this.newJob(job, workers));
  }

  /** A job that is to be, of the app `copy`. */
  async newJob(job: string, workers?: number): Promise<NewJob> {
    const graph = pipeline("copy");
    const bundle = await this.bundles.put(new Uint8Array(600_000).fill(7));
    return {
      job,
      app: "copy",
      file: "app.ts",
      bundle,
      set: {},
      workers,
      metrics: true,
      createdAt: 0,
      graph: appGraph(graph),
    };
  }

  /** Lets time pass until something is true. */
  async until(isTrue: () => boolean, what: string): Promise<void> {
    for (let turn = 0; turn < 4_000; turn++) {
      if (isTrue()) return;
      await this.pass(20);
    }
    throw new Error(`it never came true that ${what}`);
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 20) {
      for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
      this.clock.advance(Math.min(20, left));
    }
  }

  /** The parts of the newest generation. */
  get live(): TestPart[] {
    const newest = this.parts.at(-1)?.settings.generation;
    return this.parts.filter(
      ({ settings: { generation } }) =>
        generation.attempt === newest?.attempt && generation.leaderEpoch === newest.leaderEpoch,
    );
  }

  phase(job = "copy"): string {
    return this.coordinator.view.job(job).phase;
  }

  async running(count: number): Promise<void> {
    await this.until(
      () => this.phase() === "running" && this.live.length === count,
      `the job runs on ${count} workers`,
    );
  }
}
