/**
 * A seeded world: hosts on a simulated network, one virtual clock, everything in one thread. The
 * same seed and the same calls give the same run, event for event: `trace` tells.
 *
 * Owns: hosts, the paths between them, connections, the hash of all that happened.
 * Does not own: what runs on the hosts, which faults there are (faults).
 */
import { Prng } from "../base/prng.ts";
import { systemCrypto } from "../host/system-crypto.ts";
import { drainPromises } from "./microtasks.ts";
import { SIM_START_MS, SimClock } from "./sim-clock.ts";
import { SimHost } from "./sim-host.ts";
import { SimPath } from "./sim-path.ts";
import type { SimTcp } from "./sim-tcp.ts";
import type { EffectWatch, HostView, LifeView, WorldOptions, WorldView } from "./sim-views.ts";

export class World implements WorldView<SimTcp> {
  readonly clock: SimClock;
  readonly prng: Prng;
  readonly options: WorldOptions;
  readonly hosts = new Map<string, SimHost>();
  readonly connections = new Set<SimTcp>();
  /** Called for each event; for who wants to see what happened. */
  onEvent: ((text: string) => void) | undefined;
  /** Set before processes start. */
  effects: EffectWatch | undefined;
  readonly #seed: number;
  readonly #crypto = systemCrypto();
  readonly #paths = new Map<string, SimPath>();
  #port = 40_000;
  #trace = 0x811c9dc5;
  /** Events so far. */
  events = 0;

  constructor(seed: number, options: Partial<WorldOptions> = {}) {
    this.#seed = seed;
    this.prng = new Prng(seed);
    this.options = { lateMsMax: 0, isRestless: false, start: SIM_START_MS, way: {}, ...options };
    this.clock = new SimClock(this.options.start);
  }

  /** A hash of all events so far, with their times: equal for equal runs. */
  get trace(): number {
    return this.#trace >>> 0;
  }

  /** Adds a host. */
  host(name: string): SimHost {
    const prng = new Prng(this.#seed ^ hashText(name));
    const host = new SimHost(name, this, prng, this.#crypto);
    this.hosts.set(name, host);
    return host;
  }

  findHost(name: string): SimHost | undefined {
    return this.hosts.get(name);
  }

  /** Lets time pass, event by event, until `isOver` or for so long. Returns whether it was over. */
  run(ms: number, isOver: () => boolean = () => false): boolean {
    const end = this.clock.now() + ms;
    drainPromises();
    while (!isOver()) {
      if (!this.clock.step(end)) {
        this.clock.advance(end - this.clock.now());
        return isOver();
      }
      drainPromises();
    }
    return true;
  }

  /** Waits for a promise while time passes. @throws what it rejects with; when it takes longer */
  settle<T>(promise: Promise<T>, ms = 60_000): T {
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
    promise.then(
      (value) => void (outcome = { value }),
      (error: unknown) => void (outcome = { error }),
    );
    this.run(ms, () => outcome !== undefined);
    if (outcome === undefined) throw new Error(`not done within ${ms} ms of simulated time`);
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  path(from: HostView, to: HostView): SimPath {
    const key = `${from.name}>${to.name}`;
    let path = this.#paths.get(key);
    if (path === undefined) {
      path = new SimPath(from.name, to.name, this.clock, this.prng, this.options.way);
      this.#paths.set(key, path);
    }
    return path;
  }

  get paths(): readonly SimPath[] {
    const hosts = [...this.hosts.values()];
    return hosts.flatMap((from) =>
      hosts.filter((to) => to !== from).map((to) => this.path(from, to)),
    );
  }

  /** Something happened: it is part of the trace. */
  note(what: string, from: string, to: string, count: number, bytes?: Uint8Array): void {
    this.events++;
    let hash = this.#trace;
    hash = Math.imul(hash ^ hashText(`${what} ${from} ${to}`), 0x01000193);
    hash = Math.imul(hash ^ Math.round(this.clock.monotonic() * 1_000), 0x01000193);
    hash = Math.imul(hash ^ count, 0x01000193);
    if (bytes !== undefined) hash = Math.imul(hash ^ this.#crypto.crc32(bytes), 0x01000193);
    this.#trace = hash;
    this.onEvent?.(
      `${this.clock.monotonic().toFixed(3)} ${what} ${from}${to && ` > ${to}`} ${count}`,
    );
  }

  soon(fn: () => void): void {
    this.clock.after(0, fn);
  }

  nextPort(): number {
    return ++this.#port;
  }

  keep(tcp: SimTcp): void {
    this.connections.add(tcp);
  }

  forget(tcp: SimTcp): void {
    this.connections.delete(tcp);
  }

  /** A process is gone: its machine says so to its peers, while it has power. */
  abandoned(life: LifeView, hasPower: boolean): void {
    for (const tcp of this.connections) {
      for (const end of [tcp.near, tcp.far]) {
        if (end.life !== life) continue;
        end.isOpen = false;
        end.handler = undefined;
        if (hasPower) end.answerReset();
        if (end.other.handler === undefined) this.forget(tcp);
      }
    }
  }
}

function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
