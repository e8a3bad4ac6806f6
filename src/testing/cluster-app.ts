/**
 * An app under test on several workers: the real coordinator and workers on a simulated network, in
 * simulated time, in this process. Its sources and sinks are in memory, as the outside world is.
 *
 * Owns: the world, what was fed, how long is waited. Does not own: what runs (sim-cluster).
 */
import { type Duration, durationMs } from "../base/duration.ts";
import { userError, WallarooError } from "../base/errors.ts";
import { Prng } from "../base/prng.ts";
import { mergeStatus } from "../coordinator/merge-status.ts";
import { systemClock } from "../host/system-clock.ts";
import type { App } from "../model/app.ts";
import type { ClusterJobStatus } from "../model/cluster-status.ts";
import { validate } from "../planner/validate.ts";
import { systemDisk } from "../storage/system-disk.ts";
import { ChannelChecks } from "./checkers.ts";
import { Driver } from "./driver.ts";
import { type FaultPlan, Faults, NETWORK_FAULTS } from "./faults.ts";
import { FedApp } from "./fed-app.ts";
import { unknownName } from "./find-name.ts";
import { SIM_START_MS } from "./sim-clock.ts";
import { SimCluster } from "./sim-cluster.ts";
import type { SimHost } from "./sim-host.ts";
import type { LogLine } from "./sim-log.ts";
import type { TestOptions } from "./test-app.ts";
import type { TestPipeline } from "./test-parts.ts";
import { testPipeline } from "./test-pipeline.ts";
import { type Calls, watched } from "./watch-calls.ts";
import { World } from "./world.ts";

/** How long a test waits, in real time, for a call that does not answer. */
const PATIENCE_MS = 1_000;
/** How much simulated time a cluster may need to settle: faults are noticed, all begins anew. */
const SETTLE_MS = 300_000;

/** So short that nobody gives up a peer. */
const SHORT_FAULTS: FaultPlan = {
  names: NETWORK_FAULTS,
  everyMs: 200,
  lastsMsMax: 400,
  reach: "workers",
};

/** How a cluster is tested. */
export interface ClusterOptions extends TestOptions {
  /** Workers of the cluster, named `w1`, `w2` and so on. 1 to 64. */
  readonly workers: number;
  /** Troubles of the network between workers, by the seed, until `heal`: cuts, broken connections,
   *  delays, damaged bytes. They are short, so that no worker is given up. Default false. */
  readonly faults?: boolean;
}

/** An app under test on a cluster. Dispose of it: `await using c = await testCluster(...)`. */
export class TestCluster extends FedApp implements AsyncDisposable {
  readonly #cluster: SimCluster;
  readonly #parts: TestPipeline;
  readonly #driver: Driver;
  readonly #calls: Calls;
  readonly #checks: ChannelChecks;
  readonly #faults: Faults;
  #sleeping = 0;
  #isErrorTold = false;

  private constructor(made: {
    readonly cluster: SimCluster;
    readonly parts: TestPipeline;
    readonly driver: Driver;
    readonly calls: Calls;
    readonly checks: ChannelChecks;
    readonly faults: Faults;
  }) {
    super(made.parts);
    this.#cluster = made.cluster;
    this.#parts = made.parts;
    this.#driver = made.driver;
    this.#calls = made.calls;
    this.#checks = made.checks;
    this.#faults = made.faults;
  }

  /** Builds the graph, starts the cluster and deploys. `testCluster` is the way to call it. */
  static async start(app: App, options: ClusterOptions): Promise<TestCluster> {
    const { seed = 1, keep = [], freeze = true, compiled = true, restless = false } = options;
    const original = await app.build(options.set ?? {});
    validate(original);
    const world = new World(seed, { isRestless: restless, start: options.start ?? SIM_START_MS });
    const [calls, io] = [{ count: 0 }, { count: 0 }];
    const sizes = restless ? new Prng(seed + 1) : undefined;
    const { clock } = world;
    const parts = testPipeline(original, { clock, keep, freeze, sizes, calls, reopens: true });
    const checks = new ChannelChecks();
    const cluster = new SimCluster(world, {
      workers: options.workers,
      job: original.app,
      build: () => parts.pipeline,
      isCompiled: compiled,
      metrics: true,
      disk: watched(options.disk ?? systemDisk(), io),
      watch: (hub, part) => checks.watch(hub, part),
    });
    const faults = new Faults(cluster, new Prng(seed + 2), SHORT_FAULTS);
    const driver = new Driver(clock, systemClock(), io);
    const test = new TestCluster({ cluster, parts, driver, calls, checks, faults });
    await test.#begin();
    if (options.faults === true && options.workers > 1) faults.start();
    return test;
  }

  /**
   * Resolves when all that was fed has been processed and committed, on all workers. Time moves on
   * meanwhile: as much as messages need, and workers that have to begin anew.
   *
   * @throws what ended the job; `not_settled` when it takes more than 5 simulated minutes, as it
   * does while a source or half of the workers is cut off
   */
  async settle(): Promise<void> {
    let epoch: "none" | "asked" | "passed" = "none";
    await this.#until("the app does not settle", () => {
      this.#check();
      const { state } = this.#summary;
      if (state === "finished" || state === "stopped") return true;
      const feeds = [...this.#parts.feeds.values()];
      if (!feeds.every(({ isConsumed }) => isConsumed)) epoch = "none";
      else if (epoch === "none" && state === "running" && !feeds.every(({ isEnded }) => isEnded)) {
        epoch = "asked";
        const { coordinator } = this.#cluster.coordinator!;
        coordinator.barrier(this.#summary.job).then(
          () => void (epoch = epoch === "asked" ? "passed" : epoch),
          () => void (epoch = "none"),
        );
      }
      return epoch === "passed";
    });
  }

  /** Moves time on and lets happen what is due. @throws what ended the job */
  async advance(time: Duration): Promise<void> {
    await this.#driver.advance(durationMs(time, "advance"));
    this.#check();
  }

  /** Waits in simulated time, for slow services of a test. */
  async sleep(time: Duration): Promise<void> {
    this.#sleeping++;
    await new Promise<void>((resolve) => {
      this.#cluster.world.clock.after(durationMs(time, "sleep"), resolve);
    });
    this.#sleeping--;
  }

  /**
   * Cuts two off from each other, in both directions, until `heal`: workers by name, and
   * `"coordinator"`. Connections stay, and nothing arrives, until somebody loses patience.
   */
  partition(a: string, b: string): void {
    const { world } = this.#cluster;
    const [left, right] = [this.#host(a), this.#host(b)];
    if (left === right) throw userError("bad_test", `partition: "${a}" twice, give two names`);
    world.path(left, right).cut();
    world.path(right, left).cut();
  }

  /** Everybody reaches everybody again. */
  heal(): void {
    this.#faults.stop();
    for (const path of this.#cluster.world.paths) path.heal();
  }

  /**
   * Kills a worker's process, or the coordinator's. When a worker of the job dies, the job goes
   * back to its newest checkpoint, one each second, on those that are left.
   */
  kill(name: string): void {
    const host = this.#host(name);
    if (!host.isAlive) throw userError("bad_test", `kill: ${name} is dead already`);
    this.#cluster.kill(host, { hasPower: true });
  }

  /** Starts the process of one that was killed. */
  async restart(name: string): Promise<void> {
    const host = this.#host(name);
    if (host.isAlive) throw userError("bad_test", `restart: ${name} was not killed`);
    await this.#cluster.restart(host);
  }

  /** Simulated time, ms since the epoch. */
  get now(): number {
    return this.#cluster.world.clock.now();
  }

  /** What everybody logged, by time; lines of workers have the field `worker`. */
  get logs(): readonly LogLine[] {
    const { boss, hosts } = this.#cluster;
    return [boss, ...hosts].flatMap(({ log }) => log.lines).sort((a, b) => a.time - b.time);
  }

  /** State, counts and errors of all workers together, as `/v1` of a coordinator shows them. */
  status(): ClusterJobStatus {
    const cluster = this.#summary;
    if (cluster.state === "failed") this.#isErrorTold = true;
    // Those of a job that has ended have closed their parts, which still tell what they did.
    const all = [...this.#cluster.workers];
    const on = all.flatMap(([name, { part }]) => {
      const isIn = cluster.workers.length === 0 || cluster.workers.includes(name);
      return part === undefined || !isIn ? [] : [part.status()];
    });
    const { taps } = this.#parts;
    const status = mergeStatus(on, { cluster, now: this.now, metrics: true });
    return {
      ...status,
      sinks: status.sinks.filter(({ name }) => !taps.has(name)),
      steps: status.steps.filter(({ name }) => !taps.has(name)),
    };
  }

  /** Ends the cluster. @throws what ended the job, if no call has told it yet */
  async [Symbol.asyncDispose](): Promise<void> {
    const { state, error } = this.#last ?? {};
    const { boss, hosts } = this.#cluster;
    const stops = [...this.#cluster.workers.values()].map(({ worker }) => worker.stop());
    await Promise.race([Promise.all(stops), this.#driver.advance(1_000)]);
    for (const host of [boss, ...hosts]) host.crash({ hasPower: true });
    if (state === "failed" && !this.#isErrorTold) throw jobFailed(error);
  }

  async #begin(): Promise<void> {
    const cluster = this.#cluster;
    for (const host of [cluster.boss, ...cluster.hosts]) cluster.start(host);
    await this.#until("the cluster does not start", () => {
      const { coordinator } = cluster;
      return coordinator?.coordinator.view.workers().length === cluster.hosts.length;
    });
    let deployed: Error | true | undefined;
    cluster.deploy().then(
      () => (deployed = true),
      (error: Error) => (deployed = error),
    );
    await this.#until("the job does not start", () => {
      if (deployed instanceof Error) throw deployed;
      if (deployed === undefined) return false;
      this.#check();
      return this.#summary.state !== "starting";
    });
  }

  /** Moves time on until something is so; stands still while a call outside has no answer. */
  async #until(what: string, isSo: () => boolean): Promise<void> {
    const real = systemClock();
    const end = this.now + SETTLE_MS;
    let since = real.monotonic();
    for (;;) {
      await this.#driver.quiet();
      if (isSo()) return;
      const isWaiting = this.#calls.count > this.#sleeping;
      if (!isWaiting) since = real.monotonic();
      const isLate = real.monotonic() - since >= PATIENCE_MS;
      if (isWaiting && !isLate) continue;
      if (isLate || this.now > end) throw notSettled(what, this.#last?.phase, isLate);
      await this.#driver.next();
    }
  }

  get #last() {
    return this.#cluster.summary;
  }

  get #summary() {
    if (this.#last !== undefined) return this.#last;
    throw userError("bad_test", "the coordinator is dead: restart it before you ask it");
  }

  #host(name: string): SimHost {
    const { hosts } = this.#cluster.world;
    const found = hosts.get(name);
    if (found === undefined) throw unknownName("member", name, hosts);
    return found;
  }

  #check(): void {
    const [wrong] = this.#checks.wrong;
    if (wrong !== undefined) throw new WallarooError("internal", wrong, { domain: "internal" });
    const last = this.#last;
    if (last?.state !== "failed") return;
    this.#isErrorTold = true;
    throw jobFailed(last.error);
  }
}

function jobFailed(error: string | undefined): Error {
  return new WallarooError("job_failed", error ?? "the job failed", { domain: "user" });
}

function notSettled(what: string, phase: string | undefined, isCall: boolean): Error {
  const why = isCall
    ? "a call of asyncMap does not answer"
    : `${SETTLE_MS / 60_000} simulated minutes were not enough`;
  const job = phase === undefined ? "there is no coordinator" : `the job is ${phase}`;
  return userError("not_settled", `${what}: ${why}; ${job}`);
}
