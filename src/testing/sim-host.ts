/**
 * A simulated host: its clock, its place in the network, its disk. It may pause, crash and start
 * again; what was in memory is gone then, and what is on the disk is what was made durable.
 */
import { externalError } from "../base/errors.ts";
import { Prng } from "../base/prng.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Disk } from "../ports/disk.ts";
import type { Logger } from "../ports/logger.ts";
import type { Network } from "../ports/network.ts";
import type { Random } from "../ports/random.ts";
import { EffectDisk } from "./effects.ts";
import { HostClock, type HostClockOptions } from "./host-clock.ts";
import { HostNetwork } from "./host-network.ts";
import { SimDisk } from "./sim-disk.ts";
import { SimLog } from "./sim-log.ts";
import type { SimTcp } from "./sim-tcp.ts";
import type { HostView, LifeView, WorldView } from "./sim-views.ts";

/** From a start to a crash: everything that a process of this host may use. */
export interface Life extends LifeView {
  readonly clock: HostClock;
  readonly network: Network & HostNetwork;
  readonly random: Random;
  readonly crypto: Crypto;
  readonly log: Logger;
}

type World = WorldView<SimTcp>;

export class SimHost implements HostView {
  readonly name: string;
  readonly disk: SimDisk;
  readonly log: SimLog;
  /** The machine has power, whatever its process does. */
  isUp = true;
  /** What its wall clock is off. */
  offsetMs = 0;
  crashes = 0;
  life: Life;
  readonly #world: World;
  readonly #clock: HostClockOptions;
  readonly #prng: Prng;

  constructor(name: string, world: World, prng: Prng, crypto: Crypto) {
    this.name = name;
    this.#world = world;
    this.#prng = prng;
    const { clock, options } = world;
    const { lateMsMax, isRestless } = options;
    this.#clock = { clock, prng, lateMsMax, isRestless };
    this.disk = new SimDisk({ now: () => clock.now() + this.offsetMs });
    this.log = new SimLog(clock);
    this.#crypto = { ...crypto, secret: (size) => this.#secret(size) };
    this.life = this.#begin();
  }

  readonly #crypto: Crypto;

  /** Its disk, as its process of now has it. */
  get ownDisk(): Disk {
    const isWatched = this.#world.effects !== undefined;
    return isWatched ? new EffectDisk(this.disk, "disk", this.#world, this) : this.disk;
  }

  get isPaused(): boolean {
    return this.life.clock.isPaused;
  }

  /** Its process goes on to run. */
  get isAlive(): boolean {
    return !this.life.clock.isOver;
  }

  pause(): void {
    this.#world.note("pause", this.name, "", 0);
    this.life.clock.pause();
  }

  resume(): void {
    this.#world.note("resume", this.name, "", 0);
    this.life.clock.resume();
  }

  /** The process is gone at once. `hasPower`: its machine tells peers so, and keeps its files; else
   *  nobody is told, and what was not made durable is lost. */
  crash({ hasPower }: { readonly hasPower: boolean }): void {
    if (!this.isAlive) return;
    this.#world.note("crash", this.name, "", hasPower ? 1 : 0);
    this.crashes++;
    this.isUp = hasPower;
    this.life.clock.end();
    this.#world.abandoned(this.life, hasPower);
    if (!hasPower) this.disk.crash();
  }

  /** A new process may start, with nothing in memory. */
  restart(): Life {
    if (this.isAlive) throw externalError("not_crashed", `${this.name} is alive`);
    this.#world.note("restart", this.name, "", 0);
    this.isUp = true;
    this.life = this.#begin();
    return this.life;
  }

  /** The wall clock jumps; the monotonic one does not. */
  jump(ms: number): void {
    this.#world.note("jump", this.name, "", ms);
    this.offsetMs += ms;
  }

  #begin(): Life {
    const clock = new HostClock(this.#clock, () => this.offsetMs);
    const prng = new Prng(this.#prng.u32());
    return {
      clock,
      network: new HostNetwork(this.#world, this, clock),
      random: { next: () => prng.next(), u32: () => prng.u32() },
      crypto: this.#crypto,
      log: this.log,
    };
  }

  #secret(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.#prng.below(256));
  }
}
