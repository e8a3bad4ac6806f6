/** What the parts of a simulated world see of each other. */
import type { Prng } from "../base/prng.ts";
import type { Connection, ConnectionHandler } from "../ports/network.ts";
import type { HostClock } from "./host-clock.ts";
import type { SimClock } from "./sim-clock.ts";
import type { PathQuality, SimPath } from "./sim-path.ts";

/** Takes a connection, or refuses it. */
export type Accept = (connection: Connection) => ConnectionHandler | undefined;

/** A process of a host, as its peers see it. */
export interface LifeView {
  readonly clock: HostClock;
  readonly network: { listener(port: number): Accept | undefined };
}

/** A host, as its peers see it. */
export interface HostView {
  readonly name: string;
  readonly isUp: boolean;
  readonly life: LifeView;
}

/** A connection, as the world keeps it. */
export interface TcpView {
  readonly near: TcpEndView;
  readonly far: TcpEndView;
}

/** An end of a connection, as the world sees it. */
export interface TcpEndView {
  readonly life: LifeView;
  readonly other: TcpEndView;
  isOpen: boolean;
  handler: ConnectionHandler | undefined;
  answerReset(): void;
}

/** The world, as hosts and connections see it. */
export interface WorldView<Tcp extends TcpView = TcpView> {
  readonly prng: Prng;
  readonly clock: SimClock;
  readonly options: WorldOptions;
  /** Told of each effect, where somebody looks. */
  readonly effects: EffectWatch | undefined;
  path(from: HostView, to: HostView): SimPath;
  findHost(name: string): HostView | undefined;
  note(what: string, from: string, to: string, count: number, bytes?: Uint8Array): void;
  soon(fn: () => void): void;
  nextPort(): number;
  keep(tcp: Tcp): void;
  /** The connection is over for both. */
  forget(tcp: Tcp): void;
  /** A process is gone: its machine says so to its peers, while it has power. */
  abandoned(life: LifeView, hasPower: boolean): void;
}

export interface WorldOptions {
  /** Timers are late by so much at most. */
  readonly lateMsMax: number;
  /** Turns of a worker may be over at any look at the clock. */
  readonly isRestless: boolean;
  /** Where simulated time begins, ms since the epoch. */
  readonly start: number;
  /** What ways between hosts are like, where they are not good. */
  readonly way: Partial<PathQuality>;
}

/** Told of each effect. Either call may stop the process; `before` may decide its answer. */
export interface EffectWatch {
  before(host: HostView, what: string): EffectAnswer | undefined;
  after(host: HostView, what: string): void;
}

/** What its author is told instead of what happens. */
export interface EffectAnswer {
  readonly error: Error;
  /** When it happens all the same: now, or so many ms later, whoever has died; or never. */
  readonly happensInMs: number | undefined;
}
