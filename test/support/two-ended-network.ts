/**
 * A network with both ends under test, over a simulated clock and a seed: bytes take their time,
 * are cut and gathered anyhow, and connections break in all the ways in which real ones do.
 */
import { externalError } from "../../src/base/errors.ts";
import type { Prng } from "../../src/base/prng.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type {
  Address,
  Connection,
  ConnectionHandler,
  Listener,
  Network,
} from "../../src/ports/network.ts";

/** `near` is the end that dialled. */
export type Side = "near" | "far";

/** One end of a connection. What is written here arrives at `other`, in order, some time later. */
class End implements Connection {
  readonly peer: Address;
  readonly local: Address;
  readonly link: Link;
  readonly side: Side;
  isOpen = true;
  handler: ConnectionHandler | undefined;
  isPaused = false;
  /** What arrived while this end was paused. */
  readonly arrived: Uint8Array[] = [];
  inFlight = 0;
  wantsDrain = false;
  /** When the last byte that was written arrives: later ones come no sooner. */
  lastMs = 0;
  /** The other end closed: told behind all that arrived, and not while paused. */
  isFinished = false;

  constructor(link: Link, side: Side, local: Address, peer: Address) {
    this.link = link;
    this.side = side;
    this.local = local;
    this.peer = peer;
  }

  get other(): End {
    return this.side === "near" ? this.link.far : this.link.near;
  }

  write(bytes: Uint8Array, start: number, end: number): number {
    if (!this.isOpen) return -1;
    const { room, prng } = this.link.world;
    let taken = Math.min(end - start, Math.max(0, room - this.inFlight));
    if (taken > 1 && prng.below(8) === 0) taken = 1 + prng.below(taken);
    if (taken < end - start) this.wantsDrain = true;
    for (let at = start; at < start + taken;) {
      const size = Math.min(start + taken - at, 1 + prng.below(prng.below(2) === 0 ? 60 : 70_000));
      this.link.carry(this, Uint8Array.prototype.slice.call(bytes, at, at + size));
      at += size;
    }
    if (taken < end - start && this.inFlight === 0) this.link.drainSoon(this);
    return taken;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.link.world.clock.soon(() => this.handOver());
  }

  handOver(): void {
    while (!this.isPaused && this.isOpen && this.arrived.length > 0) {
      this.handler?.data(this.arrived.shift()!);
    }
    if (this.isFinished && this.isOpen && this.arrived.length === 0) this.told(undefined);
  }

  end(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.link.finish(this);
  }

  terminate(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.link.world.clock.soon(() => this.told(undefined));
    this.link.finish(this);
  }

  told(error: Error | undefined): void {
    this.isOpen = false;
    const { handler } = this;
    this.handler = undefined;
    handler?.close(error);
  }
}

/** A connection: its two ends, and what is wrong with it. */
export class Link {
  readonly world: TwoEndedNetwork;
  readonly near: End;
  readonly far: End;
  /** Nothing arrives that comes from that side, until it is healed. */
  readonly mute: Record<Side, boolean> = { near: false, far: false };
  readonly #held: Record<Side, (() => void)[]> = { near: [], far: [] };
  /** Bytes from the near side until the connection breaks. */
  breakAfter = Number.POSITIVE_INFINITY;
  isBroken = false;

  constructor(world: TwoEndedNetwork, near: Address, far: Address) {
    this.world = world;
    this.near = new End(this, "near", near, far);
    this.far = new End(this, "far", far, near);
  }

  carry(from: End, bytes: Uint8Array): void {
    from.inFlight += bytes.length;
    this.#later(from, () => this.#arrive(from, bytes));
  }

  #later(from: End, fn: () => void): void {
    const { clock, world } = { clock: this.world.clock, world: this.world };
    from.lastMs = Math.max(from.lastMs, clock.monotonic() + world.delayMs());
    clock.after(from.lastMs - clock.monotonic(), () => {
      if (this.mute[from.side]) this.#held[from.side].push(fn);
      else fn();
    });
  }

  #arrive(from: End, bytes: Uint8Array): void {
    from.inFlight -= bytes.length;
    if (this.isBroken) return;
    let whole = bytes;
    if (from.side === "near") {
      if (bytes.length >= this.breakAfter) whole = bytes.slice(0, this.breakAfter);
      this.breakAfter -= whole.length;
    }
    const to = from.other;
    if (to.isOpen && whole.length > 0) {
      to.arrived.push(this.world.touch(whole));
      to.handOver();
    }
    if (this.breakAfter <= 0) this.break();
    else this.drainSoon(from);
  }

  drainSoon(end: End): void {
    if (!end.wantsDrain) return;
    end.wantsDrain = false;
    this.world.clock.soon(() => {
      if (end.isOpen) end.handler?.drain();
    });
  }

  /** An end closed: the other hears of it behind all that was sent. */
  finish(end: End): void {
    this.#later(end, () => {
      end.told(undefined);
      if (this.isBroken || !end.other.isOpen) return;
      end.other.isFinished = true;
      if (!end.other.isPaused) end.other.handOver();
    });
  }

  heal(): void {
    for (const side of ["near", "far"] as const) {
      this.mute[side] = false;
      for (const fn of this.#held[side].splice(0)) fn();
    }
  }

  /** Breaks it; what is under way is lost. `hears`: who is told; the other end stays half open. */
  break(hears: readonly Side[] = ["near", "far"]): void {
    if (this.isBroken) return;
    this.isBroken = true;
    this.world.links.delete(this);
    for (const side of hears) {
      const end = this[side];
      this.world.clock.soon(() => end.told(new Error("connection reset")));
    }
  }
}

export class TwoEndedNetwork implements Network {
  readonly clock: Clock;
  readonly prng: Prng;
  readonly links = new Set<Link>();
  /** Bytes that a connection takes before they arrive. */
  room = 200_000;
  delayMsMax = 5;
  /** Whether dialling succeeds; undefined: nobody ever answers. */
  isReachable: boolean | undefined = true;
  /** Changes one byte in so many chunks. */
  flipOneIn = 0;
  flips = 0;
  dialled = 0;
  onLink: (link: Link) => void = () => undefined;
  readonly #listeners = new Map<
    number,
    (connection: Connection) => ConnectionHandler | undefined
  >();
  #port = 1_000;

  constructor(clock: Clock, prng: Prng) {
    this.clock = clock;
    this.prng = prng;
  }

  delayMs(): number {
    return this.prng.next() * this.delayMsMax;
  }

  touch(bytes: Uint8Array): Uint8Array {
    if (this.flipOneIn > 0 && this.prng.below(this.flipOneIn) === 0) {
      bytes[this.prng.below(bytes.length)]! ^= 1 << this.prng.below(8);
      this.flips++;
    }
    return bytes;
  }

  listen(
    address: Address,
    accept: (connection: Connection) => ConnectionHandler | undefined,
  ): Promise<Listener> {
    const port = address.port === 0 ? ++this.#port : address.port;
    this.#listeners.set(port, accept);
    const taken = { host: address.host, port };
    return Promise.resolve({ address: taken, close: () => void this.#listeners.delete(port) });
  }

  connect(
    address: Address,
    open: (connection: Connection) => ConnectionHandler,
  ): Promise<Connection> {
    this.dialled++;
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    this.clock.after(this.delayMs(), () => {
      if (this.isReachable === undefined) return;
      const accept = this.#listeners.get(address.port);
      if (!this.isReachable || accept === undefined) {
        reject(externalError("cannot_connect", "nobody listens there"));
        return;
      }
      const link = new Link(this, { host: "near", port: ++this.#port }, address);
      this.links.add(link);
      link.near.handler = open(link.near);
      link.far.handler = accept(link.far);
      if (link.far.handler === undefined) link.far.terminate();
      this.onLink(link);
      resolve(link.near);
    });
    return promise;
  }
}
