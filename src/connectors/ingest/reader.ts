/**
 * A source's split that is a log: what producers send is durable before it is read, and can be read
 * again from any position that is still kept.
 *
 * Owns: the place in the log, and blocks that are durable and were not read yet.
 * Does not own: the listener (input), gathering and syncing (writer), files (the log).
 *
 * R1. Blocks are read in the order of the log, each once, wherever they come from: what is held in
 *     memory is read from there, all else from the log.
 * R2. What a kept checkpoint would read again stays.
 * R3. When the log fails, producers are cut off and the job hears of it: nothing more is promised.
 */
import { must } from "../../base/assert.ts";
import type { Position } from "../../model/context.ts";
import { CHECKPOINTS_KEPT, INGEST_WAITING_BYTES_MAX } from "../../model/limits.ts";
import type { Batch, ProducerStatus, SourceContext, SplitReader } from "../../model/source.ts";
import type { Address } from "../../ports/network.ts";
import {
  comparePlaces,
  type LogBlock,
  type LogPlace,
  type RecordLog,
} from "../../ports/record-log.ts";
import { IngestBatch } from "./batch.ts";
import { BlockReader } from "./block.ts";
import type { IngestInput } from "./input.ts";
import {
  atFrame,
  type IngestPosition,
  isSamePosition,
  placeText,
  startPosition,
  toPlace,
} from "./position.ts";
import { IngestWriter, type WriterOwner } from "./writer.ts";

export interface IngestOptions {
  readonly log: RecordLog;
  readonly from: Position | undefined;
  /** So many positions that were acknowledged last can be read from. */
  readonly keep?: number;
  /** Only a checkpoint says who has this log: before the first one nothing is promised. */
  readonly isOwn?: boolean;
  /** What is decoded holds nothing of the bytes, so that blocks are used again. */
  readonly isCopied?: boolean;
}

/** A block in memory, and where the one before it ended: in its segment, or that before. */
interface HeldBlock {
  readonly block: LogBlock;
  readonly after: LogPlace;
}

type Context = Pick<SourceContext, "clock" | "log" | "source">;

export class IngestReader<T> implements SplitReader<T>, AsyncIterator<Batch<T>>, WriterOwner {
  readonly #input: IngestInput;
  readonly #log: RecordLog;
  readonly #writer: IngestWriter;
  readonly #keep: number;
  readonly #batch = new IngestBatch();
  readonly #result: IteratorYieldResult<Batch<T>> = { done: false, value: this.#batch };
  readonly #held: HeldBlock[] = [];
  /** Behind the block that was stored last. */
  #storedTo: LogPlace;
  #heldBytes = 0;
  /** The block that is being read. */
  #block: { readonly stored: LogBlock; readonly reader: BlockReader } | undefined;
  /** Behind the batch that was handed over last. */
  #at: IngestPosition;
  /** Behind the one before it, which is processed. */
  #done: IngestPosition;
  readonly #acknowledged: IngestPosition[] = [];
  #waiting: (() => void) | undefined;
  #failure: { readonly error: unknown } | undefined;
  #closing: Promise<void> | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Settles when no call of the log is going on, other than the writer's. */
  #busy: Promise<unknown> = Promise.resolve();

  private constructor(
    input: IngestInput,
    { log, from, keep = CHECKPOINTS_KEPT, isOwn = false, isCopied = false }: IngestOptions,
    at: IngestPosition,
    ctx: Context,
  ) {
    this.#input = input;
    this.#log = log;
    this.#storedTo = log.end;
    this.#keep = keep;
    this.#at = at;
    this.#done = at;
    const isPromised = !isOwn || from !== undefined;
    this.#writer = new IngestWriter(input, log, ctx, this, { isReusing: isCopied, isPromised });
  }

  /** Finds its place, then begins to log what the input brings.
   *  @throws {WallarooError} `position_lost`, `log_damaged` */
  static async open<T>(
    input: IngestInput,
    options: IngestOptions,
    ctx: Context,
  ): Promise<IngestReader<T>> {
    const { log, from } = options;
    const at = from === undefined ? await lastMark(log) : await startPosition(from, log, ctx);
    const reader = new IngestReader<T>(input, options, at, ctx);
    if (comparePlaces(at, log.end) < 0) {
      const [start, end] = [placeText(at), placeText(log.end)];
      ctx.log.info(`the ingest log is read again from ${start} to ${end}`);
    }
    reader.#running = reader.#writer.run();
    return reader;
  }

  get addresses(): readonly Address[] {
    return this.#input.addresses;
  }

  get isBehind(): boolean {
    return this.#heldBytes > INGEST_WAITING_BYTES_MAX;
  }

  get isHolding(): boolean {
    return !this.#writer.isIdle || comparePlaces(this.#at, this.#log.end) < 0;
  }

  read(): AsyncIterable<Batch<T>> {
    return { [Symbol.asyncIterator]: () => this };
  }

  async next(): Promise<IteratorResult<Batch<T>>> {
    this.#done = this.#at;
    while (this.#closing === undefined) {
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#fill()) return this.#result;
      const block = await this.#during(this.#nextBlock());
      if (block === undefined) await this.#wait();
      else this.#block = { stored: block, reader: new BlockReader(block.bytes) };
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Batch<T>>> {
    await this[Symbol.asyncDispose]();
    return { done: true, value: undefined };
  }

  position(): Position {
    return this.#done;
  }

  async acknowledge(given: Position): Promise<void> {
    this.#writer.promise();
    const position = toPlace(given);
    const last = this.#acknowledged.at(-1);
    this.#acknowledged.push(position);
    if (last === undefined || !isSamePosition(last, position)) this.#writer.mark(position);
    if (this.#acknowledged.length < this.#keep || this.#closing !== undefined) return;
    await this.#during(this.#log.dropBefore(must(this.#acknowledged.shift(), "position"))); // R2
  }

  producers(): readonly ProducerStatus[] {
    return this.#input.producers();
  }

  stats(): Readonly<Record<string, number | string>> {
    const { frames, blocks, isFull } = this.#writer;
    return {
      ...this.#input.stats(),
      log: this.#failure !== undefined ? "failed" : isFull ? "no room" : "ok",
      loggedFrames: frames,
      loggedBlocks: blocks,
      loggedAhead: this.#heldBytes,
      logSegments: this.#log.end.segment - this.#log.begin.segment + 1,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  stored(block: LogBlock): void {
    this.#held.push({ block, after: this.#storedTo });
    this.#storedTo = block.next;
    this.#heldBytes += block.bytes.length;
    this.#wake();
  }

  failed(error: unknown): void {
    this.#failure ??= { error };
    void this.#input[Symbol.asyncDispose](); // R3
    this.#wake();
  }

  /** Fills the batch out of the block in hand; false when it is used up, or there is none. */
  #fill(): boolean {
    if (this.#block === undefined) return false;
    const { stored, reader } = this.#block;
    const batch = this.#batch;
    while (reader.next(batch)) {
      batch.set(stored.place, reader.before, reader.arrival);
      const passed = this.#at.frame - reader.before;
      if (passed >= batch.count) continue;
      if (passed > 0) batch.skip(passed);
      this.#at = batch.next;
      return true;
    }
    this.#block = undefined;
    this.#at = atFrame(stored.next, 0);
    this.#writer.giveBack(stored);
    return false;
  }

  /** The block at our place. */
  async #nextBlock(): Promise<LogBlock | undefined> {
    this.#dropHeld(({ block }) => comparePlaces(block.place, this.#at) < 0);
    const [held] = this.#held;
    if (held !== undefined && this.#isNext(held)) {
      this.#dropHeld((one) => one === held);
      this.#at = atFrame(held.block.place, this.#frameIn(held.block));
      return held.block;
    }
    if (comparePlaces(this.#at, this.#log.end) >= 0) return undefined;
    const block = await this.#log.read(this.#at);
    if (block !== undefined) this.#at = atFrame(block.place, this.#frameIn(block));
    return block;
  }

  /** Its place is ours, or we are at the end of the segment before. */
  #isNext({ block, after }: HeldBlock): boolean {
    return comparePlaces(block.place, this.#at) === 0 || comparePlaces(after, this.#at) === 0;
  }

  /** A position at the end of a segment means the begin of the next. */
  #frameIn(block: LogBlock): number {
    return comparePlaces(block.place, this.#at) === 0 ? this.#at.frame : 0;
  }

  #dropHeld(isPassed: (held: HeldBlock) => boolean): void {
    while (this.#held.length > 0 && isPassed(this.#held[0]!)) {
      this.#heldBytes -= this.#held.shift()!.block.bytes.length;
    }
    if (!this.isBehind) this.#writer.wake();
  }

  #during<R>(call: Promise<R>): Promise<R> {
    // Whoever closes only waits for the end of it.
    this.#busy = Promise.allSettled([this.#busy, call]);
    return call;
  }

  #wait(): Promise<void> {
    if (this.#failure !== undefined || this.#closing !== undefined || this.#held.length > 0) {
      return Promise.resolve();
    }
    return new Promise((resolve) => (this.#waiting = resolve));
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }

  async #close(): Promise<void> {
    this.#wake();
    await this.#input[Symbol.asyncDispose]();
    await this.#writer.close();
    await this.#running;
    await this.#busy;
    await this.#log.close();
  }
}

/** Where reading begins without a checkpoint: behind what was consumed, as the log itself says. */
async function lastMark(log: RecordLog): Promise<IngestPosition> {
  const table = new IngestBatch();
  let found = atFrame(log.begin, 0);
  for (let block = await log.read(log.begin); block !== undefined;) {
    const reader = new BlockReader(block.bytes);
    while (reader.next(table));
    const { mark } = reader;
    if (mark !== undefined && comparePlaces(mark, log.begin) >= 0) found = mark;
    block = await log.read(block.next);
  }
  return found;
}
