/**
 * What goes wrong in a simulated cluster. Swarm style: a seed draws which faults exist at all, how
 * often they come and how long they last, so that rare combinations are met, and calm runs too.
 *
 * F1. A fault ends by itself, in its time; `stop` ends all of them at once.
 */
import type { Prng } from "../base/prng.ts";
import type { SimCluster } from "./sim-cluster.ts";
import type { SimHost } from "./sim-host.ts";
import type { SimPath } from "./sim-path.ts";
import type { SimTcp } from "./sim-tcp.ts";
import type { World } from "./world.ts";

/** Ends a fault. */
type Undo = () => void;
type Fault = (faults: Faults) => Undo | undefined;

const FAULTS = {
  /** Nothing gets through in one direction. */
  cut: (faults) => faults.cut([faults.anyPath()]),
  partition: (faults) => {
    const [a, b] = [faults.anyHost(), faults.anyHost()];
    return faults.cut(faults.world.paths.filter((path) => isBetween(path, a, b)));
  },
  isolate: ({ world, cut, anyHost, isInReach }) => {
    const { name } = anyHost();
    const paths = world.paths.filter(({ from, to }) => from === name || to === name);
    return cut(paths.filter(isInReach));
  },
  reset: (faults) => {
    const tcp = faults.anyConnection();
    tcp?.reset();
    return undefined;
  },
  /** One end is told that the connection broke, the other is not. */
  sever: (faults) => {
    const tcp = faults.anyConnection();
    const { prng } = faults;
    const side = prng.below(2) === 0 ? tcp?.near : tcp?.far;
    if (side !== undefined) tcp?.sever(side, { isMute: prng.below(2) === 0 });
    return undefined;
  },
  delay: ({ prng, anyPath, lastsMs }) => {
    const path = anyPath();
    return changed(path, { latencyMs: prng.next() * lastsMs, jitterMs: prng.next() * lastsMs });
  },
  slow: ({ prng, anyPath }) => {
    const path = anyPath();
    return changed(path, { rate: 0.5 + prng.below(50), room: 100 + prng.below(3_000) });
  },
  /** Orders reach a worker late, and links of the workers break meanwhile: old ones come back. */
  lateOrders: (faults) => {
    const { world, cluster, prng } = faults;
    const path = world.path(cluster.boss, faults.anyWorker());
    for (const tcp of faults.links()) if (prng.below(2) === 0) tcp.reset();
    return changed(path, { latencyMs: 300 + prng.next() * 2_000 });
  },
  flip: ({ prng, anyPath }) => changed(anyPath(), { flipOneIn: 2 + prng.below(30) }),
  pause: (faults) => {
    const { life } = faults.anyHost();
    life.clock.pause();
    return () => life.clock.resume();
  },
  jump: ({ prng, anyHost }) => {
    const most = prng.pick([2_000, 86_400_000, 365 * 86_400_000]);
    anyHost().jump(Math.round((prng.next() * 2 - 1) * most));
    return undefined;
  },
  kill: (faults) => faults.kill(faults.anyWorker(), { hasPower: true }),
  power: (faults) => faults.kill(faults.anyWorker(), { hasPower: false }),
  killBoss: (faults) => {
    return faults.kill(faults.cluster.boss, { hasPower: faults.prng.below(2) === 0 });
  },
  diskFull: ({ cluster, prng }) => {
    cluster.boss.disk.capacity = prng.below(8_000);
    return () => (cluster.boss.disk.capacity = Number.POSITIVE_INFINITY);
  },
  /** The store is far, refuses, loses answers, does late what was given up. */
  store: ({ cluster, prng }) => {
    const rate = (): number => (prng.below(2) === 0 ? 0 : prng.next() * 0.5);
    const delayMs = prng.pick([0.1, 0.1, 5, 100]);
    cluster.storeTrouble = { delayMs, refuse: rate(), lose: rate(), late: rate() };
    return () => (cluster.storeTrouble = undefined);
  },
  storeFull: ({ cluster, prng }) => {
    cluster.storeDisk.capacity = prng.below(20_000);
    return () => (cluster.storeDisk.capacity = Number.POSITIVE_INFINITY);
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

/** Which faults there are, how often one comes and how long it lasts. */
export interface FaultPlan {
  readonly names: readonly FaultName[];
  /** Between two of them, on average. */
  readonly everyMs: number;
  readonly lastsMsMax: number;
  /** Whether everybody has troubles, or only workers among each other. */
  readonly reach: "all" | "workers";
}

/** Troubles of the network alone: where they are short, nobody gives up. */
export const NETWORK_FAULTS = [
  "cut",
  "partition",
  "isolate",
  "reset",
  "sever",
  "delay",
  "slow",
  "flip",
] as const satisfies readonly FaultName[];

/** The store is hardly ever well, and who uses it dies meanwhile. */
const STORE_TROUBLES: FaultPlan = {
  names: ["store", "store", "store", "storeFull", "kill", "killBoss"],
  everyMs: 500,
  lastsMsMax: 4_000,
  reach: "all",
};

/** Generations that overlap: old ones are still there, and come back. */
const OVERLAPPING: FaultPlan = {
  names: ["lateOrders", "kill", "reset"],
  everyMs: 600,
  lastsMsMax: 2_500,
  reach: "all",
};

/** Draws what goes wrong. */
export function drawFaults(prng: Prng): FaultPlan {
  const dice = prng.below(8);
  if (dice === 0) return OVERLAPPING;
  if (dice === 1) return STORE_TROUBLES;
  const reach = prng.below(3) === 0 ? "workers" : "all";
  const among = reach === "all" ? FAULT_NAMES : NETWORK_FAULTS;
  return {
    reach,
    names: among.filter(() => prng.below(3) === 0),
    everyMs: prng.pick([40, 150, 600, 2_500]),
    lastsMsMax: prng.pick([30, 300, 2_500, 9_000]),
  };
}

/** Makes things go wrong. */
export class Faults {
  readonly world: World;
  readonly cluster: SimCluster;
  readonly prng: Prng;
  /** How often each came. */
  readonly counts: Partial<Record<FaultName, number>> = {};
  /** Connections that broke before both sides knew each other. */
  inHandshake = 0;
  readonly #plan: FaultPlan;
  readonly #undos = new Set<Undo>();
  #isStopped = false;

  constructor(cluster: SimCluster, prng: Prng, plan: FaultPlan) {
    this.cluster = cluster;
    this.world = cluster.world;
    this.prng = prng;
    this.#plan = plan;
  }

  start(): void {
    if (this.#plan.names.length > 0) this.#next();
  }

  /** All is well from here on. F1 */
  stop(): void {
    this.#isStopped = true;
    for (const undo of this.#undos) undo();
  }

  get lastsMs(): number {
    return this.#plan.lastsMsMax;
  }

  readonly anyHost = (): SimHost => this.prng.pick(this.#hosts);

  readonly anyPath = (): SimPath => {
    return this.prng.pick(this.world.paths.filter(this.isInReach));
  };

  readonly isInReach = ({ from, to }: SimPath): boolean => {
    return this.#isIn(from) && this.#isIn(to);
  };

  /** Connections between workers. */
  links(): SimTcp[] {
    const { boss } = this.cluster;
    return this.#open().filter(({ far }) => far.host !== boss);
  }

  #control(): SimTcp[] {
    return this.#open().filter(({ far }) => far.host === this.cluster.boss);
  }

  #open(): SimTcp[] {
    return [...this.world.connections].filter(({ near }) => near.isOpen);
  }

  #isIn(name: string): boolean {
    return this.#hosts.some((host) => host.name === name);
  }

  get #hosts(): readonly SimHost[] {
    const isAll = this.#plan.reach === "all";
    return isAll ? [...this.world.hosts.values()] : this.cluster.hosts;
  }

  anyWorker(): SimHost {
    return this.prng.pick(this.cluster.hosts);
  }

  anyConnection() {
    const open = this.links().concat(this.#plan.reach === "all" ? this.#control() : []);
    if (open.length === 0) return undefined;
    const tcp = this.prng.pick(open);
    if (tcp.near.bytesRead < HANDSHAKE_BYTES) this.inHandshake++;
    return tcp;
  }

  readonly cut = (paths: readonly SimPath[]): Undo => {
    const cut = paths.filter(({ isCut }) => !isCut);
    for (const path of cut) path.cut();
    return () => {
      for (const path of cut) path.heal();
    };
  };

  kill(host: SimHost, how: { readonly hasPower: boolean }): Undo | undefined {
    if (!host.isAlive) return undefined;
    this.cluster.kill(host, how);
    return () => {
      if (!host.isAlive) void this.cluster.restart(host);
    };
  }

  #next(): void {
    const { names, everyMs, lastsMsMax } = this.#plan;
    this.world.clock.after(this.prng.next() * 2 * everyMs, () => {
      if (this.#isStopped) return;
      const name = this.prng.pick(names);
      this.counts[name] = (this.counts[name] ?? 0) + 1;
      this.world.note(`fault ${name}`, "", "", 0);
      const fault: Fault = FAULTS[name];
      const undo = fault(this);
      if (undo !== undefined) this.#later(this.prng.next() * lastsMsMax, undo);
      this.#next();
    });
  }

  #later(ms: number, undo: Undo): void {
    const once = (): void => {
      if (this.#undos.delete(once)) undo();
    };
    this.#undos.add(once);
    this.world.clock.after(ms, once);
  }
}

/** A dialer that has read less has not seen a whole welcome. */
const HANDSHAKE_BYTES = 100;

function isBetween({ from, to }: SimPath, a: SimHost, b: SimHost): boolean {
  return (from === a.name && to === b.name) || (from === b.name && to === a.name);
}

function changed(
  path: SimPath,
  to: Partial<Pick<SimPath, "latencyMs" | "jitterMs" | "rate" | "room" | "flipOneIn">>,
): Undo {
  const { latencyMs, jitterMs, rate, room, flipOneIn } = path.normal;
  Object.assign(path, to);
  return () => Object.assign(path, { latencyMs, jitterMs, rate, room, flipOneIn });
}
