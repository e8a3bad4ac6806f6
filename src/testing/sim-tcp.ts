/**
 * A simulated TCP connection between two hosts, with both ends under test.
 *
 * T1. Bytes arrive in order, none lost or doubled, unless the connection breaks.
 * T2. What is written and not yet read is bounded: writes are partial, then wait for a drain.
 * T3. The handler is never called from within a call to the connection, and not after its close.
 */
import { externalError } from "../base/errors.ts";
import type { Address, Connection, ConnectionHandler } from "../ports/network.ts";
import type { SimPath } from "./sim-path.ts";
import type { HostView, LifeView, WorldView } from "./sim-views.ts";

/** A read takes so many bytes at most. */
const READ_BYTES_MAX = 64 * 1024;
/** What one packet carries. */
const SEGMENT_BYTES = 1_460;

type TcpWorld = WorldView<SimTcp>;

/** One end. What is written here arrives at `other`. */
export class TcpEnd implements Connection {
  readonly peer: Address;
  readonly local: Address;
  readonly host: HostView;
  /** The life of the host that it belongs to. */
  readonly life: LifeView;
  handler: ConnectionHandler | undefined;
  isOpen = true;
  /** The last byte that arrives comes at this time, or later. */
  lastMs = 0;
  /** Bytes that were handed to the handler. */
  bytesRead = 0;
  other!: TcpEnd;
  readonly #tcp: SimTcp;
  readonly #arrived: Uint8Array[] = [];
  #isPaused = false;
  #isPlanned = false;
  #unread = 0;
  #wantsDrain = false;
  #broke: { readonly error: Error | undefined } | undefined;
  /** The other end will send no more. */
  #isFinished = false;

  constructor(tcp: SimTcp, host: HostView, local: Address, peer: Address) {
    this.#tcp = tcp;
    this.host = host;
    this.life = host.life;
    this.local = local;
    this.peer = peer;
  }

  /** T2 */
  write(bytes: Uint8Array, start: number, end: number): number {
    if (!this.isOpen || this.life.clock.isOver) return -1;
    const { prng, effects } = this.#tcp.world;
    effects?.before(this.host, "send");
    if (this.life.clock.isOver) return -1;
    const path = this.#tcp.pathFrom(this);
    let taken = Math.min(end - start, Math.max(0, path.room - this.#unread));
    if (taken > 1 && prng.below(16) === 0) taken = 1 + prng.below(taken);
    if (taken < end - start) this.#wantsDrain = true;
    // On a slow way the first bytes come long before the last.
    const largest = path.rate === Number.POSITIVE_INFINITY ? READ_BYTES_MAX : SEGMENT_BYTES;
    for (let at = start; at < start + taken;) {
      const most = prng.below(3) === 0 ? 60 : largest;
      const size = Math.min(start + taken - at, 1 + prng.below(most));
      this.#carry(Uint8Array.prototype.slice.call(bytes, at, at + size));
      at += size;
    }
    if (this.#wantsDrain && this.#unread === 0) this.#drainSoon();
    effects?.after(this.host, "send");
    return taken;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#readSoon();
  }

  giveBack(chunk: Uint8Array): void {
    chunk.fill(0xee); // Whoever still looks at it is found out.
  }

  end(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#tcp.send(this, () => this.other.finished());
  }

  terminate(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.life.clock.soon(() => this.told(undefined));
    const error = this.#tcp.world.prng.below(2) === 0 ? reset() : undefined;
    this.#tcp.send(this, () => this.other.broken(error));
  }

  /** From here on: what happens to it, called by the simulation. */

  /** The handler is in force: what came before it is read. */
  opened(handler: ConnectionHandler): void {
    this.handler = handler;
    // It may have broken before anybody was there to be told.
    if (this.#broke !== undefined) this.life.clock.soon(() => this.told(this.#broke?.error));
    else this.#readSoon();
  }

  /** Bytes of the other end are here; for who does not exist any more, the answer is a reset. */
  arrive(bytes: Uint8Array): void {
    if (this.life.clock.isOver || (!this.isOpen && this.handler === undefined)) {
      this.answerReset();
      return;
    }
    this.#arrived.push(bytes);
    this.#readSoon();
  }

  /** A host that is up and knows of no such connection says so. */
  answerReset(): void {
    if (!this.host.isUp || this.#tcp.isMute) return;
    this.#tcp.send(this, () => this.other.broken(reset()));
  }

  /** The other end sends no more. */
  finished(): void {
    this.#isFinished = true;
    this.#readSoon();
  }

  /** The connection is broken, and this end is told. */
  broken(error: Error | undefined): void {
    this.isOpen = false;
    this.#broke = { error };
    this.#arrived.length = 0;
    this.life.clock.run(() => this.told(error));
  }

  told(error: Error | undefined): void {
    this.isOpen = false;
    const { handler } = this;
    this.handler = undefined; // T3
    this.#arrived.length = 0;
    if (handler === undefined) return;
    const code = error === undefined ? 0 : 1;
    this.#tcp.world.note("close", this.host.name, this.other.host.name, code);
    if (this.other.handler === undefined) this.#tcp.world.forget(this.#tcp);
    handler.close(error);
  }

  #carry(bytes: Uint8Array): void {
    this.#unread += bytes.length;
    this.#tcp.send(this, () => this.other.arrive(this.#tcp.touch(this, bytes)), bytes.length);
  }

  #readSoon(): void {
    if (this.#isPlanned || this.handler === undefined) return;
    this.#isPlanned = true;
    this.life.clock.run(() => {
      this.#tcp.world.soon(() => this.life.clock.run(() => this.#read()));
    });
  }

  #read(): void {
    this.#isPlanned = false;
    if (this.#isPaused || this.handler === undefined) return;
    if (this.#arrived.length > 0 && this.isOpen) {
      const chunk = this.#gather();
      this.#tcp.world.note("data", this.other.host.name, this.host.name, chunk.length, chunk);
      this.bytesRead += chunk.length;
      this.#acknowledge(chunk.length);
      this.#give(chunk);
      this.#readSoon();
    } else if (this.#isFinished) this.#over();
  }

  #give(chunk: Uint8Array): void {
    try {
      this.handler?.data(chunk);
    } catch (error) {
      this.isOpen = false;
      this.#tcp.send(this, () => this.other.broken(reset()));
      this.life.clock.soon(() => this.told(error as Error));
    }
  }

  /** Chunks that wait may be read as one. */
  #gather(): Uint8Array {
    const { prng } = this.#tcp.world;
    let count = 1;
    let size = this.#arrived[0]!.length;
    while (count < this.#arrived.length && prng.below(4) > 0) {
      if (size + this.#arrived[count]!.length > READ_BYTES_MAX) break;
      size += this.#arrived[count++]!.length;
    }
    const chunks = this.#arrived.splice(0, count);
    return count === 1 ? chunks[0]! : Buffer.concat(chunks);
  }

  /** All was read, and nothing will come. */
  #over(): void {
    if (this.isOpen && this.handler?.ended !== undefined) {
      this.#isFinished = false;
      this.handler.ended();
      return;
    }
    if (this.isOpen) {
      this.isOpen = false;
      this.#tcp.send(this, () => this.other.finished());
    }
    this.told(undefined);
  }

  /** The other end learns on the way back that there is room again. */
  #acknowledge(count: number): void {
    const path = this.#tcp.pathFrom(this);
    path.at(path.arrival(0, 0), () => this.other.#acknowledged(count));
  }

  #acknowledged(count: number): void {
    this.#unread -= count;
    if (this.#wantsDrain) this.#drainSoon();
  }

  #drainSoon(): void {
    this.#wantsDrain = false;
    this.#tcp.world.soon(() => {
      this.life.clock.run(() => {
        if (this.isOpen) this.handler?.drain();
      });
    });
  }
}

/** A connection: its two ends, and what is wrong with it. */
export class SimTcp {
  readonly world: TcpWorld;
  readonly near: TcpEnd;
  readonly far: TcpEnd;
  /** Nobody answers for an end that is gone. */
  isMute = false;
  /** What is under way is lost. */
  #isLossy = false;

  constructor(
    world: TcpWorld,
    near: { readonly host: HostView; readonly address: Address },
    far: { readonly host: HostView; readonly address: Address },
  ) {
    this.world = world;
    this.near = new TcpEnd(this, near.host, near.address, far.address);
    this.far = new TcpEnd(this, far.host, far.address, near.address);
    this.near.other = this.far;
    this.far.other = this.near;
  }

  pathFrom(end: TcpEnd): SimPath {
    return this.world.path(end.host, end.other.host);
  }

  /** Carries something from an end to the other, behind what it sent before. T1 */
  send(from: TcpEnd, fn: () => void, bytes = 0): void {
    const path = this.pathFrom(from);
    from.lastMs = path.arrival(bytes, from.lastMs);
    path.at(from.lastMs, () => {
      if (!this.#isLossy) fn();
    });
  }

  touch(from: TcpEnd, bytes: Uint8Array): Uint8Array {
    const { prng } = this.world;
    const { flipOneIn } = this.pathFrom(from);
    if (flipOneIn > 0 && prng.below(flipOneIn) === 0) {
      bytes[prng.below(bytes.length)]! ^= 1 << prng.below(8);
      this.world.note("flip", from.host.name, from.other.host.name, bytes.length);
    }
    return bytes;
  }

  /** Breaks it: both are told, and what is under way is lost. */
  reset(): void {
    this.#isLossy = true;
    for (const end of [this.near, this.far]) end.broken(reset());
  }

  /** One end is told that it broke, and the other is not: what is under way to it still arrives. */
  sever(hears: TcpEnd, options: { readonly isMute: boolean }): void {
    this.isMute = options.isMute;
    hears.broken(reset());
  }
}

function reset(): Error {
  return externalError("connection_lost", "connection reset by peer");
}
