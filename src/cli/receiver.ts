/**
 * Listens, counts and checks what arrives. Hot path: frames are cut where they lie, each is hashed;
 * no text is made unless records are shown.
 *
 * Owns: the connections, their totals, when it is over. Does not own: what is shown or stored.
 */
import { PieceTable } from "../base/piece-table.ts";
import { LineCutter } from "../base/line-cutter.ts";
import type { FrameKind } from "../model/frame.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Connection, ConnectionHandler } from "../ports/network.ts";
import { frameCutter } from "../transport/frame-reader.ts";
import { RecordSum } from "./checksum.ts";
import { type ConnectionTotals, Incoming, type Owner } from "./incoming.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import { readStamp, type Stamp } from "./stamp.ts";

const TABLE_PIECES = 8_192;
/** Connections whose totals are kept. */
const CONNECTIONS_MAX = 1_000;

export interface ReceiverOptions {
  readonly frame: FrameKind;
  readonly clock: Clock;
  readonly epochUs: () => number;
  readonly stamp: Stamp | undefined;
  /** Ends when this many records are there. */
  readonly count: number | undefined;
  /** Ends this long after the last bytes. */
  readonly idleMs: number | undefined;
  /** Ends when all have closed, once `connections` were there. */
  readonly untilClosed: boolean;
  readonly connections: number;
  /** Takes a table of records to show or store; a promise: nothing is read until it resolves. */
  readonly take: ((table: PieceTable) => void | Promise<void>) | undefined;
}

export interface ReceiveTotals {
  readonly records: number;
  readonly bytes: number;
  readonly payloadBytes: number;
  /** From the first bytes to the last. */
  readonly seconds: number;
  readonly recordSum: number;
  /** Records without a stamp where there should be one. */
  readonly unstamped: number;
  readonly latency: LatencyHistogram | undefined;
  readonly connections: readonly ConnectionTotals[];
}

export type Ending = "count" | "idle" | "closed" | "time" | "interrupt" | "failed";

export class Receiver implements Owner {
  readonly #options: ReceiverOptions;
  readonly #incoming = new Set<Incoming>();
  readonly #ended = Promise.withResolvers<Ending>();
  readonly #sum = new RecordSum();
  readonly #table = new PieceTable(TABLE_PIECES, Number.MAX_SAFE_INTEGER);
  readonly #latency: LatencyHistogram | undefined;
  readonly #closed: ConnectionTotals[] = [];
  #view: DataView = new DataView(new ArrayBuffer(0));
  #viewed: Uint8Array | undefined;
  #records = 0;
  #bytes = 0;
  #payloadBytes = 0;
  #unstamped = 0;
  #opened = 0;
  #firstMs: number | undefined;
  #lastMs = 0;
  #idle: Timer | undefined;
  #ending: Ending | undefined;
  /** Why `take` failed, when it did. */
  failure: unknown = undefined;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#latency = options.stamp === undefined ? undefined : new LatencyHistogram();
  }

  get records(): number {
    return this.#records;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get open(): number {
    return this.#incoming.size;
  }

  /** Resolves when it is over, with the reason. */
  get ended(): Promise<Ending> {
    return this.#ended.promise;
  }

  accept(connection: Connection): ConnectionHandler | undefined {
    if (this.#ending !== undefined) return undefined;
    this.#opened++;
    const incoming = new Incoming(connection, this, frameCutter(this.#options.frame));
    this.#incoming.add(incoming);
    return incoming;
  }

  end(why: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = why;
    this.#idle?.cancel();
    for (const { connection } of this.#incoming) connection.terminate();
    this.#ended.resolve(why);
  }

  totals(): ReceiveTotals {
    return {
      records: this.#records,
      bytes: this.#bytes,
      payloadBytes: this.#payloadBytes,
      seconds: this.#firstMs === undefined ? 0 : (this.#lastMs - this.#firstMs) / 1_000,
      recordSum: this.#sum.value,
      unstamped: this.#unstamped,
      latency: this.#latency,
      connections: [...this.#closed, ...[...this.#incoming].map((one) => one.totals())],
    };
  }

  chunk(incoming: Incoming, bytes: number): void | Promise<void> {
    if (this.#ending !== undefined) return undefined;
    this.#lastMs = this.#options.clock.monotonic();
    this.#firstMs ??= this.#lastMs;
    this.#bytes += bytes;
    if (this.#options.idleMs !== undefined) this.#watchIdle(this.#options.idleMs);
    const now = this.#latency === undefined ? 0 : this.#options.epochUs();
    return this.#cut(incoming, now);
  }

  rest(incoming: Incoming): number {
    const { cutter } = incoming;
    if (!(cutter instanceof LineCutter) || !cutter.finish(this.#table)) return cutter.heldBytes;
    this.#count(incoming, this.#latency === undefined ? 0 : this.#options.epochUs());
    const taken = this.#options.take?.(this.#table);
    if (taken !== undefined) taken.catch((error: unknown) => this.fail(error));
    return 0;
  }

  closed(incoming: Incoming, totals: ConnectionTotals): void {
    this.#incoming.delete(incoming);
    if (this.#closed.length < CONNECTIONS_MAX) this.#closed.push(totals);
    const { untilClosed, connections, count } = this.#options;
    if (count !== undefined && !untilClosed && this.#records >= count) this.end("count");
    const isLast = this.#incoming.size === 0 && this.#opened >= connections;
    if (untilClosed && isLast) this.end("closed");
  }

  fail(error: unknown): void {
    this.failure ??= error;
    this.end("failed");
  }

  #cut(incoming: Incoming, now: number): void | Promise<void> {
    const table = this.#table;
    while (incoming.cutter.next(table)) {
      this.#count(incoming, now);
      const taken = this.#options.take?.(table);
      // Whoever takes the records is slow: the rest of the chunk waits for it.
      if (taken !== undefined) return taken.then(() => this.#cut(incoming, now), this.#failed);
    }
    const { count, untilClosed } = this.#options;
    if (count !== undefined && !untilClosed && this.#records >= count) this.end("count");
    return undefined;
  }

  readonly #failed = (error: unknown): void => this.fail(error);

  #count(incoming: Incoming, now: number): void {
    const { bytes, starts, ends, count } = this.#table;
    const sum = this.#sum;
    let payload = 0;
    for (let i = 0; i < count; i++) {
      const start = starts[i]!;
      const end = ends[i]!;
      sum.add(bytes, start, end);
      payload += end - start;
    }
    this.#records += count;
    incoming.records += count;
    this.#payloadBytes += payload;
    if (this.#options.stamp !== undefined) this.#pair(this.#options.stamp, now);
  }

  #pair(stamp: Stamp, now: number): void {
    const { bytes, starts, ends, count } = this.#table;
    if (this.#viewed !== bytes) {
      this.#viewed = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    for (let i = 0; i < count; i++) {
      const sentUs = readStamp(this.#view, starts[i]!, ends[i]!, stamp);
      if (sentUs > 0 && Number.isFinite(sentUs)) this.#latency!.add(now - sentUs);
      else this.#unstamped++;
    }
  }

  /** One timer for any number of chunks: it looks at the last of them when it fires. */
  #watchIdle(idleMs: number): void {
    if (this.#idle !== undefined) return;
    const { clock } = this.#options;
    const look = (): void => {
      const left = this.#lastMs + idleMs - clock.monotonic();
      if (left <= 0) this.end("idle");
      else this.#idle = clock.after(left, look);
    };
    this.#idle = clock.after(idleMs, look);
  }
}
