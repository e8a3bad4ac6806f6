/**
 * Reads all producers of one listening port, in turns of a batch.
 *
 * Owns: the listener, the sessions, and the order of those whose chunk is not used up.
 * Does not own: decoding, and when to read on: messages are cut when the runtime asks.
 *
 * A1. Every session with bytes to cut is in `#ready`, once; `#ready` has room for all sessions.
 * A2. A session that is ready is paused, so there is at most one chunk of each.
 * A3. A session leaves `#sessions` only when it is closed and its chunk is used up.
 * A4. A handshake waits for no pipeline: it is answered when it arrives.
 */
import { assert } from "../../base/assert.ts";
import { WallarooError } from "../../base/errors.ts";
import { PieceTable } from "../../base/piece-table.ts";
import { Ring } from "../../base/ring.ts";
import type { Position } from "../../model/context.ts";
import {
  BATCH_BYTES_MAX,
  BATCH_RECORDS_MAX,
  BRIDGE_KEEP_ALIVE_MS,
  BRIDGE_STREAMS_MAX,
  HELLO_FRAME_BYTES_MAX,
  PRODUCERS_CLOSED_MAX,
} from "../../model/limits.ts";
import type { Batch, ProducerStatus, SourceContext, SplitReader } from "../../model/source.ts";
import type { Address, Connection, ConnectionHandler, Listener } from "../../ports/network.ts";
import { frameCutter } from "../../transport/frame-reader.ts";
import { addressText } from "../tcp/options.ts";
import { MessageBatch } from "./batch.ts";
import { KeptPorts } from "./kept-ports.ts";
import { SessionNotes } from "./notes.ts";
import { Session, type SessionOwner } from "./session.ts";
import { SessionWatch } from "./session-watch.ts";
import type { BridgeSettings } from "./settings.ts";
import { Streams } from "./streams.ts";

export class BridgeReader<T> implements SplitReader<T>, AsyncIterator<Batch<T>>, SessionOwner {
  readonly settings: BridgeSettings;
  readonly streams: Streams;
  readonly notes: SessionNotes;
  readonly #ctx: SourceContext;
  readonly #sessions = new Set<Session>();
  readonly #closed: ProducerStatus[] = [];
  readonly #ready: Ring<Session>;
  readonly #table = new PieceTable(BATCH_RECORDS_MAX, BATCH_BYTES_MAX);
  readonly #batch: MessageBatch;
  readonly #result: IteratorYieldResult<Batch<T>>;
  /** For the one frame of a handshake, while the batch is lent. */
  readonly #hello = new PieceTable(1, BATCH_BYTES_MAX);
  readonly #noBatch: MessageBatch;
  readonly #watch: SessionWatch;
  #listener: Listener | undefined;
  #waiting: ((result: IteratorResult<Batch<T>>) => void) | undefined;
  #isStopped = false;
  #waitingBytes = 0;
  #unfinishedBytes = 0;
  #isHolding = false;
  /** Producers that were sent to others. */
  #sent = 0;

  /** @throws {WallarooError} `bad_position` */
  constructor(settings: BridgeSettings, position: Position | undefined, ctx: SourceContext) {
    this.settings = settings;
    this.#ctx = ctx;
    this.notes = new SessionNotes(ctx);
    this.streams = new Streams(BRIDGE_STREAMS_MAX, position, ctx.claims);
    this.#ready = new Ring(settings.connectionsMax);
    this.#batch = new MessageBatch(this.streams, settings.timesPerMs);
    this.#noBatch = new MessageBatch(this.streams, undefined);
    this.#result = { done: false, value: this.#batch };
    this.#watch = new SessionWatch(settings, ctx.clock, this.#sessions);
  }

  /** @throws {WallarooError} `port_in_use`, `cannot_listen` */
  async listen(address: Address): Promise<void> {
    this.#listener = await this.#open(address);
    this.#ctx.claims?.listens(this.addresses);
  }

  get addresses(): readonly Address[] {
    return this.#listener === undefined ? [] : [this.#listener.address];
  }

  read(): AsyncIterable<Batch<T>> {
    return { [Symbol.asyncIterator]: () => this };
  }

  next(): Promise<IteratorResult<Batch<T>>> {
    if (this.#isStopped) return Promise.resolve({ done: true, value: undefined });
    if (this.#fill()) return Promise.resolve(this.#result);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** Takes no more; what was handed over may still be acknowledged. */
  return(): Promise<IteratorResult<Batch<T>>> {
    this.#stop();
    return Promise.resolve({ done: true, value: undefined });
  }

  position(): Position {
    return this.streams.positionDone();
  }

  /** Called when a checkpoint with this position is complete. */
  acknowledge(position: Position): Promise<void> {
    this.streams.acknowledge(position);
    for (const session of this.#sessions) session.acknowledge();
    return Promise.resolve();
  }

  /** Producers are sent back: whoever listens next tells them where to go on. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    for (const session of this.#sessions) session.restart();
    return Promise.resolve();
  }

  producers(): readonly ProducerStatus[] {
    return [...Array.from(this.#sessions, (session) => session.status()), ...this.#closed];
  }

  stats(): Readonly<Record<string, number | string>> {
    const { size: connections } = this.#sessions;
    return { connections, streams: this.streams.size, ...this.notes.stats() };
  }

  /** Each in turn, so that not all come to one. */
  elsewhere(): Address | undefined {
    const others = this.#ctx.claims?.elsewhere() ?? [];
    return others[this.#sent++ % others.length];
  }

  arrived(session: Session): void {
    const { inlet } = session;
    if (this.#isStopped) return;
    inlet.arrivedAt = this.#ctx.clock.now();
    this.#waitingBytes += inlet.chunkBytes;
    if (!session.isGreeted) {
      session.take(this.#hello, this.#noBatch); // A4
      if (session.isDrained) {
        this.#drained(session);
        return;
      }
    }
    assert(this.#ready.push(session), "more producers are ready than there are"); // A1
    const waiting = this.#waiting;
    if (waiting !== undefined && this.#fill()) {
      this.#waiting = undefined;
      waiting(this.#result);
    }
    if (session.isDrained) return;
    inlet.pause(); // A2
    if (this.#isHolding || this.#waitingBytes <= this.settings.waitingBytesMax) return;
    this.#hold();
  }

  left(session: Session): void {
    if (session.inlet.chunkBytes === 0) this.#remove(session); // A3
  }

  /** Where it says, or where it was before in this process when any port will do. */
  async #open(address: Address): Promise<Listener> {
    const { network, job, source } = this.#ctx;
    const listen = (port: number): Promise<Listener> =>
      network.listen(
        { ...address, port },
        (connection) => this.#accept(connection),
        // The streams of a producer that is gone wait for its connection to close.
        { keepAliveMs: BRIDGE_KEEP_ALIVE_MS },
      );
    if (address.port !== 0) return await listen(address.port);
    const kept = KeptPorts.of(network);
    const listener = await listen(kept.portOf(job, source)).catch((error: unknown) => {
      if (error instanceof WallarooError && error.code === "port_in_use") return listen(0);
      throw error;
    });
    kept.keep(job, source, listener.address.port);
    return listener;
  }

  #accept(connection: Connection): ConnectionHandler | undefined {
    const { frameBytesMax, connectionsMax } = this.settings;
    if (this.#isStopped) return undefined;
    if (this.#sessions.size >= connectionsMax) {
      const text = `producer refused: ${connectionsMax} connections, which is the limit`;
      this.notes.refuse("connections", text, { peer: addressText(connection.peer) });
      return undefined;
    }
    const now = this.#ctx.clock.monotonic();
    const session = new Session(connection, frameCutter("u32be", frameBytesMax), this, now);
    this.#sessions.add(session);
    this.notes.accepted++;
    this.#watch.start();
    if (this.#isHolding) session.inlet.pause();
    return session;
  }

  /** Fills the batch from the session whose turn it is; false when nobody has a message. */
  #fill(): boolean {
    const batch = this.#batch;
    // What was lent is processed, also when nothing follows.
    batch.begin(undefined, batch.bytes);
    for (;;) {
      const session = this.#ready.shift();
      if (session === undefined) return false;
      if (!session.isClosed) {
        batch.time = session.inlet.arrivedAt;
        session.take(this.#table, batch);
      }
      if (session.isDrained) this.#drained(session);
      else this.#ready.push(session);
      if (batch.count > 0) return true;
    }
  }

  /** The chunk is used up: whatever is left of it is the begin of a frame. */
  #drained(session: Session): void {
    const { inlet } = session;
    this.#release(session);
    if (session.isClosed) {
      this.#remove(session);
      return;
    }
    const held = inlet.unfinishedBytes;
    this.#unfinishedBytes += held - inlet.heldBytes;
    inlet.heldBytes = held;
    const now = this.#ctx.clock.monotonic();
    if (!this.#isHolding) inlet.resume(now);
    if (held === 0) return;
    if (!session.isGreeted && held > HELLO_FRAME_BYTES_MAX) {
      session.refuse("longFrames", `a hello of more than ${HELLO_FRAME_BYTES_MAX} bytes`);
      return;
    }
    const { unfinishedBytesMax } = this.settings;
    if (this.#unfinishedBytes > unfinishedBytesMax) {
      const text = `unfinished frames of all hold more than ${unfinishedBytesMax} bytes`;
      session.refuse("longFrames", text);
      return;
    }
    if (Number.isNaN(inlet.unfinishedSince)) inlet.unfinishedSince = now;
    this.#watch.start();
  }

  #release({ inlet }: Session): void {
    this.#waitingBytes -= inlet.chunkBytes;
    inlet.chunkBytes = 0;
    if (!this.#isHolding || this.#waitingBytes > this.settings.waitingBytesMax / 2) return;
    this.#isHolding = false;
    const now = this.#ctx.clock.monotonic();
    for (const other of this.#sessions) if (other.isDrained) other.inlet.resume(now);
  }

  #remove(session: Session): void {
    if (!this.#sessions.delete(session)) return;
    this.#unfinishedBytes -= session.inlet.heldBytes;
    this.#closed.push(session.status());
    if (this.#closed.length > PRODUCERS_CLOSED_MAX) this.#closed.shift();
  }

  /** Too much waits: nobody may send until half of it was handed over. */
  #hold(): void {
    this.#isHolding = true;
    for (const session of this.#sessions) session.inlet.pause();
  }

  #stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#watch.stop();
    this.#listener?.close();
    for (const session of this.#sessions) session.inlet.pause();
    while (this.#ready.shift() !== undefined);
    this.#waiting?.({ done: true, value: undefined });
    this.#waiting = undefined;
  }
}
