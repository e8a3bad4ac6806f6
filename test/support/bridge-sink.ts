/** A sink of the connector protocol and its receiver, in one process without time. */
import { utf8 } from "../../src/codec/utf8.ts";
import { bridge, type BridgeConnectOptions } from "../../src/connectors/bridge/mod.ts";
import { externalError } from "../../src/base/errors.ts";
import type { SinkContext } from "../../src/model/sink.ts";
import type { Timer } from "../../src/ports/clock.ts";
import type {
  Address,
  Connection,
  ConnectionHandler,
  Listener,
  Network,
} from "../../src/ports/network.ts";
import { COOKIE } from "./bridge-client.ts";
import { Receiver } from "./bridge-receiver.ts";
import { codeOf, settle, testWorld } from "./connector-context.ts";
import { FakeClock } from "./fake-clock.ts";
import { NotedLog } from "./noted-log.ts";

/** The next turn comes by itself, and where asked so do waits that are shorter than a handshake. */
export class TurningClock extends FakeClock {
  isEager = false;

  override soon(fn: () => void): void {
    queueMicrotask(fn);
  }

  override after(delayMs: number, fn: () => void): Timer {
    if (!this.isEager || delayMs >= 5_000) return super.after(delayMs, fn);
    let isOver = false;
    void settle().then(() => {
      if (!isOver) fn();
    });
    return { cancel: () => void (isOver = true) };
  }
}

const HOST = { host: "127.0.0.1", port: 1 };

/** Leads every connection to one receiver; bytes arrive a little later, in order. */
export class ReceiverNetwork implements Network {
  readonly receiver: Receiver;
  isThere = true;
  attempts = 0;
  /** How many bytes a connection takes before it is full for a moment. */
  room = Number.POSITIVE_INFINITY;
  readonly #open = new Set<() => void>();

  constructor(receiver: Receiver) {
    this.receiver = receiver;
  }

  listen(): Promise<Listener> {
    return Promise.reject(new Error("nobody listens here"));
  }

  /** All connections break. */
  cut(): void {
    for (const close of this.#open) close();
  }

  connect(
    address: Address,
    open: (connection: Connection) => ConnectionHandler,
  ): Promise<Connection> {
    this.attempts++;
    if (!this.isThere) {
      return Promise.reject(externalError("cannot_connect", "nobody is there"));
    }
    let isOpen = true;
    let isFull = false;
    const handler: { on: ConnectionHandler | undefined } = { on: undefined };
    const close = (): void => {
      if (!isOpen) return;
      isOpen = false;
      this.#open.delete(close);
      session.closed();
      queueMicrotask(() => handler.on?.close(undefined));
    };
    const session = this.receiver.connect({
      send: (bytes) => queueMicrotask(() => void (isOpen && handler.on?.data(bytes))),
      close: () => queueMicrotask(close),
    });
    this.#open.add(close);
    const connection: Connection = {
      peer: address,
      local: HOST,
      get isOpen() {
        return isOpen;
      },
      write: (bytes, start, end) => {
        if (!isOpen) return -1;
        if (isFull) return 0;
        const taken = Math.min(this.room, end - start);
        const copy = Buffer.from(bytes.slice(start, start + taken));
        isFull = taken < end - start;
        const drain = (): void => {
          isFull = false;
          if (isOpen) handler.on?.drain();
        };
        queueMicrotask(() => {
          if (isOpen) session.feed(copy);
          if (taken < end - start) queueMicrotask(drain);
        });
        return taken;
      },
      pause: () => undefined,
      resume: () => undefined,
      end: () => queueMicrotask(close),
      terminate: close,
    };
    handler.on = open(connection);
    return Promise.resolve(connection);
  }
}

export type SinkOptions = Partial<BridgeConnectOptions<string>>;

/** A sink, and what it writes to. */
export function sinkWorld(options: SinkOptions = {}) {
  const receiver = new Receiver();
  const network = new ReceiverNetwork(receiver);
  const clock = new TurningClock();
  const log = new NotedLog();
  const world = testWorld();
  const sink = bridge.connect<string>({
    port: 7200,
    cookie: COOKIE,
    encode: utf8,
    frame: "lines",
    ...options,
  } as BridgeConnectOptions<string>);
  const ctx = (overrides: Partial<SinkContext> = {}): SinkContext => ({
    ...world.sink(),
    clock,
    network,
    log,
    ...overrides,
  });
  const open = () => sink.open(ctx());
  const committer = (overrides: Partial<SinkContext> = {}) => sink.committer!(ctx(overrides));
  /** Time passes until a broken connection is made anew. */
  const later = async (ms = 6_000): Promise<void> => {
    await settle();
    clock.advance(ms);
    await settle();
  };
  const lines = (instance?: string) => receiver.visible(instance).split("\n").slice(0, -1);
  return { receiver, network, clock, log, sink, ctx, open, committer, later, lines };
}

/** A sink with a writer and its committer; `commit` writes and commits one epoch. */
export async function writing(options: SinkOptions = {}) {
  const world = sinkWorld(options);
  const writer = await world.open();
  const committer = await world.committer();
  await settle();
  const commit = async (epoch: number, ...records: string[]): Promise<void> => {
    await writer.write(records);
    await committer.commit((await writer.prepare(epoch))!);
  };
  return { ...world, writer, committer, commit };
}

/** What a promise has come to so far. */
export function watched(promise: Promise<unknown>): { state: string } {
  const seen = { state: "waits" };
  void codeOf(promise).then((code) => (seen.state = code));
  return seen;
}
