/**
 * One seed: a random cluster runs a random graph while random things go wrong. Safety: nothing
 * wrong is ever committed. Liveness: once all is well, the job finishes as its model says.
 */
import { must } from "../../src/base/assert.ts";
import { Prng } from "../../src/base/prng.ts";
import { ChannelChecks, type Seen } from "../../src/testing/checkers.ts";
import { drawFaults, type FaultName, Faults } from "../../src/testing/faults.ts";
import { SimCluster } from "../../src/testing/sim-cluster.ts";
import type { SimHost } from "../../src/testing/sim-host.ts";
import { World } from "../../src/testing/world.ts";
import type { JobPart } from "../../src/worker/part.ts";
import { randomGraph } from "../support/random-graph.ts";
import { withoutReality } from "./no-reality.ts";
import { Outputs } from "./outputs.ts";

/** When all is well, the job is to finish within this much simulated time. */
const FINISH_MS = 240_000;

export interface SwarmResult {
  readonly seed: number;
  readonly problem: string | undefined;
  readonly trace: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly faults: Partial<Record<FaultName, number>>;
  readonly seen: Seen & ClusterSeen;
}

/** Interesting things of the whole cluster, counted. */
export interface ClusterSeen {
  finished: number;
  restarts: number;
  /** Jobs that were given up and deployed again. */
  failed: number;
  /** Jobs that went on from a checkpoint, or from their start, and had committed something. */
  continued: number;
  /** Records that sinks were given and that came again. */
  takenBack: number;
  /** Calls that were under way at a checkpoint, and made again when it was restored. */
  calledAgain: number;
  /** Copies of a broadcast state that were restored, and then changed. */
  ruledOn: number;
  /** Results at an interval that newer ones replaced, in a job that was begun anew. */
  replaced: number;
  oldGeneration: number;
  notYet: number;
  garbage: number;
  inHandshake: number;
  bossRestarts: number;
  /** Calls of the store that were refused, or happened although nobody was told, or late. */
  storeRefused: number;
  storeLost: number;
  storeLate: number;
}

export interface SwarmOptions {
  /** For who wants to see what happens. */
  readonly onEvent?: (text: string) => void;
}

export function runSwarm(seed: number, options: SwarmOptions = {}): SwarmResult {
  return withoutReality(() => new Swarm(seed, options).run());
}

class Swarm {
  readonly #seed: number;
  readonly #prng: Prng;
  readonly #world: World;
  readonly #checks = new ChannelChecks();
  readonly #outputs: Outputs;
  readonly #cluster: SimCluster;
  readonly #faults: Faults;
  readonly #faultsMs: number;
  readonly #isSafety: boolean;
  readonly #servers = new Set<Parameters<ChannelChecks["watchServer"]>[0]>();
  readonly #clusterSeen: ClusterSeen = {
    finished: 0,
    restarts: 0,
    failed: 0,
    continued: 0,
    takenBack: 0,
    calledAgain: 0,
    ruledOn: 0,
    replaced: 0,
    oldGeneration: 0,
    notYet: 0,
    garbage: 0,
    inHandshake: 0,
    bossRestarts: 0,
    storeRefused: 0,
    storeLost: 0,
    storeLate: 0,
  };
  #text = "";
  /** A checkpoint was refused, since the ends of a channel differed. */
  #unproven: string | undefined;
  #isDeploying = false;
  /** The generation that finished. */
  #finished: string | undefined;

  constructor(seed: number, options: SwarmOptions) {
    const prng = new Prng(seed);
    this.#seed = seed;
    this.#prng = prng;
    const lateMsMax = prng.pick([0, 1, 20]);
    const latencyMs = prng.pick([0.2, 0.2, 5, 60]);
    const way = { latencyMs, jitterMs: latencyMs, room: prng.pick([300, 3_000, 1 << 20]) };
    this.#world = new World(seed, { lateMsMax, isRestless: prng.below(2) === 0, way });
    this.#world.onEvent = options.onEvent;
    this.#outputs = new Outputs({
      pauseMsMax: prng.pick([0, 50, 300, 1_000]),
      sinkMsMax: prng.pick([0, 5, 200]),
    });
    const recordsMax = prng.pick([40, 40, 300]);
    const windowBytes = prng.pick([64, 600, 4_000, 256 * 1024]);
    this.#cluster = new SimCluster(this.#world, {
      workers: 2 + prng.below(3),
      job: "job",
      windowBytes,
      // By the seed, and not drawn: what else seeds have is as it was.
      metrics: seed % 2 === 0,
      isCompiled: prng.below(2) === 0,
      storeSeed: seed,
      pace: { sliceEntries: prng.pick([1, 1, 3, 1_000]), smallEntries: prng.pick([0, 0, 10]) },
      build: async (name) => {
        const { clock } = must(this.#world.findHost(name), "host").life;
        const sleep = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
        const graph = randomGraph(seed, { isSpread: true, recordsMax, sleep });
        const pipeline = await graph.app.build({});
        this.#outputs.built(pipeline, graph);
        this.#text = graph.text;
        return pipeline;
      },
      dress: (part, host) => {
        const before = this.#partOf(host);
        const isBegun = (): boolean => {
          const now = this.#partOf(host);
          return now !== before && now?.state !== "starting";
        };
        return this.#outputs.dress(part, host, isBegun);
      },
      watch: (hub, part) => this.#checks.watch(hub, part),
      onServer: (server) => {
        this.#servers.add(server);
        this.#checks.watchServer(server, windowBytes);
      },
    });
    this.#faults = new Faults(this.#cluster, new Prng(seed + 7), drawFaults(prng));
    this.#faultsMs = 500 + prng.below(12_000);
    this.#isSafety = prng.below(4) === 0;
  }

  /** What the process of a host made last. */
  #partOf({ name }: SimHost): JobPart | undefined {
    return this.#cluster.workers.get(name)?.part;
  }

  run(): SwarmResult {
    this.#start();
    this.#world.run(this.#faultsMs, () => this.#isOver);
    if (!this.#isSafety) {
      this.#faults.stop();
      this.#world.run(FINISH_MS, () => this.#isOver);
    }
    return this.#result();
  }

  /** The order of starts is up to the seed. */
  #start(): void {
    const { boss, hosts } = this.#cluster;
    const { clock } = this.#world;
    const isSpread = this.#prng.below(2) === 0;
    const at = (): number => (isSpread ? this.#prng.below(2_000) : 0);
    for (const host of [boss, ...hosts]) clock.after(at(), () => this.#cluster.start(host));
    clock.after(at(), () => this.#faults.start());
    this.#deploy();
  }

  /** Somebody wants the job to run, and looks after it. */
  #deploy(): void {
    this.#world.clock.after(100, () => this.#deploy());
    const { summary, coordinator } = this.#cluster;
    if (summary?.lastEnd?.includes("records until barrier")) this.#unproven = summary.lastEnd;
    if (summary?.state === "finished") {
      // A coordinator that took up the log later knows only that it finished.
      this.#finished = summary.generation || this.#outputs.last;
    }
    if (this.#isDeploying || coordinator === undefined || this.#finished !== undefined) return;
    if (summary !== undefined && summary.state !== "failed") return;
    if (summary === undefined && coordinator.coordinator.view.workers().length === 0) return;
    if (summary?.state === "failed") this.#clusterSeen.failed++;
    this.#isDeploying = true;
    const wanted = this.#prng.below(2) === 0 ? this.#cluster.hosts.length : undefined;
    const over = (): void => void (this.#isDeploying = false);
    this.#cluster.deploy(wanted).then(over, over);
    // Its coordinator may die with it.
    this.#world.clock.after(5_000, over);
  }

  get #isOver(): boolean {
    const isWrong = this.#checks.wrong.length > 0 || this.#unproven !== undefined;
    return isWrong || this.#finished !== undefined;
  }

  #result(): SwarmResult {
    const { summary, boss } = this.#cluster;
    const seen = this.#clusterSeen;
    this.#checks.count();
    for (const { stats } of this.#servers) {
      seen.oldGeneration += stats.refused.old_generation;
      seen.notYet += stats.refused.not_yet;
      seen.garbage += stats.garbage;
    }
    const generation = this.#finished ?? "";
    seen.finished = this.#finished === undefined ? 0 : 1;
    seen.restarts = summary?.restarts ?? 0;
    seen.continued = this.#outputs.resumed;
    seen.takenBack = this.#outputs.takenBack;
    seen.calledAgain = this.#outputs.recovered.called;
    seen.ruledOn = this.#outputs.recovered.ruled;
    seen.replaced = this.#outputs.replaced;
    seen.inHandshake = this.#faults.inHandshake;
    seen.bossRestarts = boss.crashes;
    const { refused, lost, late } = this.#cluster.storeTroubles;
    Object.assign(seen, { storeRefused: refused, storeLost: lost, storeLate: late });
    if (this.#finished !== undefined) this.#checks.checkComplete(generation);
    const world = this.#world;
    return {
      seed: this.#seed,
      problem: this.#problem(),
      trace: world.trace,
      events: world.events,
      virtualMs: world.clock.monotonic(),
      faults: this.#faults.counts,
      seen: { ...this.#checks.seen, ...seen },
    };
  }

  #problem(): string | undefined {
    const problem =
      this.#unproven ?? this.#checks.wrong[0] ?? this.#outputs.wrong()[0] ?? this.#ofEnd();
    return problem === undefined ? undefined : `${problem}\n${this.#text}`;
  }

  #ofEnd(): string | undefined {
    if (this.#finished !== undefined) return this.#outputs.differenceOf();
    const flips = this.#faults.counts.flip ?? 0;
    if (flips === 0 && this.#clusterSeen.garbage > 0) {
      return `${this.#clusterSeen.garbage} frames were refused, and no bit was wrong`;
    }
    if (this.#isSafety) return undefined;
    const { summary } = this.#cluster;
    const state = JSON.stringify(summary ?? "there is no job");
    return `all was well for ${FINISH_MS} ms, and the job has not finished: ${state}`;
  }
}
