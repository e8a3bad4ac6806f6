/**
 * Puts what arrives into the log, some moments of it at a time, and then tells of it.
 *
 * Owns: what is gathered and not durable yet.
 * Does not own: the log's files, and what becomes of a block that is durable.
 *
 * W1. Nobody is told of a frame, neither its sender nor the pipeline, before its block is durable.
 * W2. Blocks are appended one after the other, in the order in which their frames arrived.
 * W3. What is gathered is bounded: above it nothing is asked for, so producers wait.
 * W4. A full disk is waited for; any other failure is final.
 * W5. No sender is told before the job knows where its frames are: see `promise`.
 */
import { durationText } from "../../base/duration.ts";
import { WallarooError } from "../../base/errors.ts";
import { Throttle } from "../../base/throttle.ts";
import { INGEST_FULL_MS, INGEST_GATHER_BYTES } from "../../model/limits.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import type { LogBlock, RecordLog } from "../../ports/record-log.ts";
import { Nap } from "../nap.ts";
import { BlockWriter } from "./block.ts";
import { BlockBuffers } from "./buffers.ts";
import type { IngestInput, Sender } from "./input.ts";
import type { IngestPosition } from "./position.ts";

/** Between two lines that say that the disk is still full. */
const LINES_MS = 10_000;

export interface WriterOwner {
  /** A block is durable. */
  stored(block: LogBlock): void;
  /** Nothing more can be logged. */
  failed(error: unknown): void;
  /** Whether what was stored is taken slowly: then no more is asked for. */
  readonly isBehind: boolean;
}

export class IngestWriter {
  readonly #input: IngestInput;
  readonly #log: RecordLog;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #owner: WriterOwner;
  readonly #nap: Nap;
  readonly #lines = new Throttle(LINES_MS);
  /** Where blocks are used again once they were read. */
  readonly #buffers: BlockBuffers | undefined;
  #gather: BlockWriter;
  #senders = new Map<Sender, number>();
  /** Who waits to be told, where nothing may be promised yet. W5 */
  #untold: Map<Sender, number> | undefined;
  #committing: Promise<void> | undefined;
  #room: (() => void) | undefined;
  /** A commit begins when the turn is over. */
  #isWanted = false;
  #isClosed = false;
  #hasFailed = false;
  #fullSince: number | undefined;
  /** Frames and blocks that were made durable. */
  frames = 0;
  blocks = 0;

  constructor(
    input: IngestInput,
    log: RecordLog,
    { clock, log: logger }: { readonly clock: Clock; readonly log: Logger },
    owner: WriterOwner,
    { isReusing = false, isPromised = true } = {},
  ) {
    this.#input = input;
    this.#log = log;
    this.#clock = clock;
    this.#logger = logger;
    this.#owner = owner;
    this.#nap = new Nap(clock);
    if (!isPromised) this.#untold = new Map();
    if (isReusing) this.#buffers = new BlockBuffers();
    this.#gather = new BlockWriter(log.room, this.#buffers?.take());
  }

  get isFull(): boolean {
    return this.#fullSince !== undefined;
  }

  /** Whether all that it was given is in the log. */
  get isIdle(): boolean {
    return this.#gather.isEmpty && this.#committing === undefined;
  }

  /** Logs whatever comes, until the input ends. Never rejects. */
  async run(): Promise<void> {
    try {
      for (;;) {
        while (this.#isHeldUp) await new Promise<void>((resolve) => (this.#room = resolve));
        if (this.#isClosed) return;
        const step = await this.#input.next();
        if (step.done === true) return;
        const { sender, time } = step.value;
        this.#gather.add(step.value, sender.id, time);
        this.#senders.set(sender, sender.frames);
        this.#wantCommit();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Notes in the log what was consumed. */
  mark(position: IngestPosition): void {
    if (this.#isClosed || this.#hasFailed) return;
    this.#gather.mark(position);
    this.#wantCommit();
  }

  /** From now on senders are told: whoever goes on with the job reads what is in this log. */
  promise(): void {
    const untold = this.#untold;
    this.#untold = undefined;
    for (const [sender, frames] of untold ?? []) sender.kept(frames);
  }

  /** Nobody looks at a block any more. */
  giveBack(block: LogBlock): void {
    this.#buffers?.give(block.bytes);
  }

  /** Something may go on: the owner is no longer behind. */
  wake(): void {
    this.#room?.();
    this.#room = undefined;
  }

  #tell(sender: Sender, frames: number): void {
    if (this.#untold === undefined) sender.kept(frames);
    else this.#untold.set(sender, frames);
  }

  /** Stores what was gathered, unless there is no room for it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#nap.wake();
    this.wake();
    await this.#committing;
    if (!this.isFull) await this.#commit();
  }

  get #isHeldUp(): boolean {
    if (this.#isClosed || this.#hasFailed) return false;
    return this.#gather.size >= INGEST_GATHER_BYTES || this.#owner.isBehind; // W3
  }

  /** When the turn is over, so that all connections with something in it share one sync. */
  #wantCommit(): void {
    if (this.#isWanted || this.#committing !== undefined) return;
    this.#isWanted = true;
    this.#clock.soon(() => {
      this.#isWanted = false;
      if (this.#isClosed) return;
      this.#committing = this.#commit().finally(() => (this.#committing = undefined));
    });
  }

  async #commit(): Promise<void> {
    try {
      while (!this.#gather.isEmpty && !this.#hasFailed) {
        const gathered = this.#gather;
        const senders = this.#senders;
        const { room } = this.#log;
        this.#gather = new BlockWriter(
          room,
          this.#buffers?.take() ?? Buffer.allocUnsafeSlow(room + 4 + gathered.size),
        );
        this.#senders = new Map();
        this.wake();
        const block = await this.#append(gathered.take()); // W2
        if (block === undefined) return;
        this.frames += gathered.frames;
        this.blocks++;
        for (const [sender, frames] of senders) this.#tell(sender, frames); // W1
        this.#owner.stored(block);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Undefined when it was closed while there was no room. */
  async #append(bytes: Uint8Array): Promise<LogBlock | undefined> {
    for (;;) {
      try {
        const block = await this.#log.append(bytes);
        this.#hasRoom();
        return block;
      } catch (error) {
        if (!(error instanceof WallarooError) || error.code !== "disk_full") throw error;
        if (this.#isClosed) {
          this.#logger.warn("what arrived last was not logged: there is no room for it");
          return undefined;
        }
        this.#isOutOfRoom(error);
        await this.#nap.wait(INGEST_FULL_MS); // W4
      }
    }
  }

  #isOutOfRoom(error: Error): void {
    const now = this.#clock.monotonic();
    this.#fullSince ??= now;
    if (this.#lines.pass(now) === undefined) return;
    this.#logger.warn("producers wait: there is no room for their log; free some", {
      why: error.message,
    });
  }

  #hasRoom(): void {
    if (this.#fullSince === undefined) return;
    const away = durationText(this.#clock.monotonic() - this.#fullSince);
    this.#fullSince = undefined;
    this.#logger.info(`there is room for the log of producers again, after ${away}`);
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.wake();
    this.#owner.failed(error);
  }
}
