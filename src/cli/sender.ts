/**
 * Writes the records of a block to a connection, open loop: record i is due at start + i / rate,
 * whatever the receiver does; what it delays is told as lag, not hidden by sending less.
 *
 * Owns: how far it is, in records and in bytes of the connection. A write ends where a record ends,
 * so that a stop never leaves half a frame behind.
 */
import { externalError } from "../base/errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Connection, ConnectionHandler } from "../ports/network.ts";
import { RecordSum, StreamCrc } from "./checksum.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import type { Block } from "./send-block.ts";
import { type Stamp, writeStamp } from "./stamp.ts";

/** Bytes of one write at most: large, and still many to a turn. */
const WRITE_BYTES = 512 * 1024;
/** Bytes written before timers and signals get their turn. */
const TURN_BYTES = 8 * 1024 * 1024;

export interface SenderOptions {
  readonly block: Block;
  /** Records in all; Infinity: until `stop`. */
  readonly records: number;
  /** Records a second; undefined: as fast as they are taken. */
  readonly rate: number | undefined;
  readonly stamp: Stamp | undefined;
  readonly clock: Clock;
  /** Microseconds since the epoch, for stamps. */
  readonly epochUs: () => number;
  /** Waits up to a fraction of a ms for the next record that is due, then calls `fn`. */
  readonly nap: (fn: () => void) => void;
}

export interface SendTotals {
  readonly records: number;
  readonly bytes: number;
  readonly payloadBytes: number;
  readonly seconds: number;
  readonly recordSum: number;
  readonly streamCrc: number;
  /** How late a record was handed to the system, at worst; 0 without a rate. */
  readonly lagMaxMs: number;
  /** How late records were, when they are stamped. */
  readonly lag: LatencyHistogram | undefined;
}

export class Sender implements ConnectionHandler {
  readonly #options: SenderOptions;
  readonly #crc = new StreamCrc();
  readonly #stampedSum = new RecordSum();
  readonly #lag: LatencyHistogram | undefined;
  #connection: Connection | undefined;
  #records: number;
  #sent = 0;
  #bytes = 0;
  /** The write that the connection has not taken whole: a range of the block, records behind it. */
  #at = 0;
  #end = 0;
  #pending = 0;
  #startMs = 0;
  #startUs = 0;
  #endMs: number | undefined = undefined;
  #lagMaxMs = 0;
  #isBlocked = false;
  readonly #done = Promise.withResolvers<SendTotals>();
  readonly #closed = Promise.withResolvers<void>();

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#records = options.records;
    this.#lag = options.stamp === undefined ? undefined : new LatencyHistogram();
    // A connection may be gone before `run` is called, which then tells it.
    this.#done.promise.catch(() => undefined);
  }

  /** Sends all; resolves when the system has taken the last byte.
   *  @throws {WallarooError} `receiver_gone` */
  run(connection: Connection): Promise<SendTotals> {
    this.#connection = connection;
    this.#startMs = this.#options.clock.monotonic();
    this.#startUs = this.#options.epochUs();
    this.#turn();
    return this.#done.promise;
  }

  /** Resolves when the connection is closed. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** No more records; what was begun is finished. */
  stop(): void {
    this.#records = Math.min(this.#records, this.#sent + this.#pending);
    if (this.#pending === 0 && this.#connection !== undefined) this.#finish();
  }

  data(): void {
    // What a receiver answers is not ours to understand; it is read so that it does not pile up.
  }

  drain(): void {
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.#turn();
  }

  close(error: Error | undefined): void {
    this.#closed.resolve();
    if (this.#endMs !== undefined) return;
    this.#endMs = this.#options.clock.monotonic();
    const how = error === undefined ? "closed the connection" : `is gone (${error.message})`;
    const what = `the receiver ${how} after ${this.#bytes} bytes, ${this.#sent} records`;
    this.#done.reject(externalError("receiver_gone", `${what}: what it took of them is not known`));
  }

  /** Writes what is due until the connection is full, the turn is over, or nothing is due. */
  #turn(): void {
    if (this.#endMs !== undefined || this.#isBlocked) return;
    let left = TURN_BYTES;
    // What becomes due meanwhile waits for the next turn: else a high rate never naps, and whoever
    // shares our core waits.
    const due = this.#due();
    while (this.#pending > 0 || this.#prepare(due)) {
      const taken = this.#write();
      if (taken < 0) return;
      left -= taken;
      if (this.#pending > 0) {
        this.#isBlocked = true;
        return;
      }
      if (left <= 0) {
        this.#options.clock.soon(() => this.#turn());
        return;
      }
    }
    if (this.#sent >= this.#records) this.#finish();
    else this.#options.nap(() => this.#turn());
  }

  /** Records that are due by now, of all. */
  #due(): number {
    const { rate, clock } = this.#options;
    if (rate === undefined) return Infinity;
    return 1 + ((clock.monotonic() - this.#startMs) * rate) / 1_000;
  }

  /** Chooses the next records, and stamps them. False when none of the first `due` are left. */
  #prepare(due: number): boolean {
    const { block, rate, stamp, clock } = this.#options;
    const count = Math.floor(Math.min(due, this.#records)) - this.#sent;
    if (!(count > 0)) return false;
    if (rate !== undefined) {
      const lag = clock.monotonic() - this.#startMs - (this.#sent * 1_000) / rate;
      if (lag > this.#lagMaxMs) this.#lagMaxMs = lag;
    }
    const first = this.#sent % block.ends.length;
    this.#at = first === 0 ? 0 : block.ends[first - 1]!;
    const last = lastWithin(block.ends, first, this.#at + WRITE_BYTES);
    this.#pending = Math.min(count, last - first + 1);
    this.#end = block.ends[first + this.#pending - 1]!;
    if (stamp !== undefined) this.#stamp(stamp, first);
    return true;
  }

  /** The time when each was due: a receiver then sees also what it waited for being sent. */
  #stamp(stamp: Stamp, first: number): void {
    const { block, rate, epochUs } = this.#options;
    const { bytes, ends, headerBytes, trailerBytes } = block;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const now = epochUs();
    for (let i = 0; i < this.#pending; i++) {
      const start = (first + i === 0 ? 0 : ends[first + i - 1]!) + headerBytes;
      const due = rate === undefined ? now : this.#startUs + ((this.#sent + i) * 1_000_000) / rate;
      writeStamp(view, start + stamp.at, due, stamp.format);
      this.#stampedSum.add(bytes, start, ends[first + i]! - trailerBytes);
      this.#lag!.add(now - due);
    }
  }

  /** Offers the rest of the write; returns what was taken, -1 when the connection is closed. */
  #write(): number {
    const { bytes } = this.#options.block;
    const taken = this.#connection!.write(bytes, this.#at, this.#end);
    if (taken < 0) return -1;
    // The block is written again and again, so it is summed as it leaves.
    if (taken > 0) this.#crc.add(bytes.subarray(this.#at, this.#at + taken));
    this.#at += taken;
    this.#bytes += taken;
    if (this.#at === this.#end) {
      this.#sent += this.#pending;
      this.#pending = 0;
    }
    return taken;
  }

  #finish(): void {
    if (this.#endMs !== undefined) return;
    this.#endMs = this.#options.clock.monotonic();
    this.#done.resolve(this.#totals());
  }

  #totals(): SendTotals {
    const { block, stamp } = this.#options;
    const frameBytes = block.headerBytes + block.trailerBytes;
    return {
      records: this.#sent,
      bytes: this.#bytes,
      payloadBytes: this.#bytes - this.#sent * frameBytes,
      seconds: (this.#endMs! - this.#startMs) / 1_000,
      recordSum: stamp === undefined ? sumOf(block, this.#sent) : this.#stampedSum.value,
      streamCrc: this.#crc.value,
      lagMaxMs: this.#lagMaxMs,
      lag: this.#lag,
    };
  }
}

/** The sum of the first `records` records of a block that is repeated. */
function sumOf({ bytes, ends, sum, headerBytes, trailerBytes }: Block, records: number): number {
  const all = new RecordSum();
  all.addSum(sum, Math.floor(records / ends.length));
  for (let i = 0; i < records % ends.length; i++) {
    all.add(bytes, (i === 0 ? 0 : ends[i - 1]!) + headerBytes, ends[i]! - trailerBytes);
  }
  return all.value;
}

/** The last record from `first` on that ends at `limit` or before; `first` when it is longer. */
function lastWithin(ends: Float64Array, first: number, limit: number): number {
  let low = first;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ends[middle]! <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
