/** One producer's connection: its chunk, its counts, and since when a frame is unfinished. */
import type { Cutter, PieceTable } from "../../base/piece-table.ts";
import type { ProducerStatus } from "../../model/source.ts";
import type { Connection, ConnectionHandler } from "../../ports/network.ts";
import type { AckLine } from "./ack-line.ts";
import { addressText } from "./options.ts";
import type { ReplyLine } from "./reply-line.ts";

/** What a producer tells its reader. */
export interface ProducerOwner {
  arrived(producer: Producer, chunkBytes: number): void;
  /** It has sent its last, and may still read. */
  ended(producer: Producer): void;
  left(producer: Producer): void;
}

export interface ProducerParts {
  readonly connection: Connection;
  readonly cutter: Cutter;
  readonly owner: ProducerOwner;
  readonly id: number;
  readonly line?: ReplyLine | undefined;
  readonly acks?: AckLine | undefined;
}

/**
 * A1. While a chunk waits to be cut, the connection is paused or its reader is just cutting it, so
 *     no second chunk comes.
 * A2. `unfinishedSince` is NaN exactly while no frame was begun when the last chunk was used up.
 */
export class Producer implements ConnectionHandler {
  /** Tells it from others of its reader. */
  readonly id: number;
  readonly peer: string;
  readonly #owner: ProducerOwner;
  readonly #connection: Connection;
  readonly #cutter: Cutter;
  /** The way back, where its records tell where they came from. */
  readonly line: ReplyLine | undefined;
  /** The way back, where it is told what is durable. */
  readonly #acks: AckLine | undefined;
  /** How many of its frames are durable, where they are logged. */
  #kept = 0;
  bytes = 0;
  frames = 0;
  isClosed = false;
  /** It has sent its last. */
  hasEnded = false;
  /** Why its connection broke. */
  error: Error | undefined = undefined;
  /** When its chunk arrived: ms since the epoch. */
  arrivedAt = 0;
  /** What is being cut. */
  #chunk: Uint8Array | undefined;
  /** Bytes of an unfinished frame that its reader has counted. */
  heldBytes = 0;
  /** Monotonic ms; time during which its reader did not read does not count. */
  unfinishedSince = Number.NaN;
  #isPaused = false;
  #pausedAt = 0;

  constructor({ connection, cutter, owner, id, line, acks }: ProducerParts) {
    this.id = id;
    this.line = line;
    this.#acks = acks;
    this.#connection = connection;
    this.#cutter = cutter;
    this.#owner = owner;
    this.peer = addressText(connection.peer);
  }

  get chunkBytes(): number {
    return this.#chunk?.length ?? 0;
  }

  /** The chunk is used up, or not to be cut. */
  forgetChunk(): void {
    this.#chunk = undefined;
  }

  /** What frees the chunk, to be called when nobody looks at what was cut out of it: what is held
   *  of it is a copy. */
  givesBack(): () => void {
    const [chunk, connection] = [this.#chunk, this.#connection];
    return () => {
      if (chunk !== undefined) connection.giveBack?.(chunk);
    };
  }

  get isDrained(): boolean {
    return this.#cutter.isDrained;
  }

  /** Bytes of a frame that is not finished, once the chunk is used up. */
  get unfinishedBytes(): number {
    return this.#cutter.heldBytes;
  }

  /** Cuts the next batch out of the chunk. @throws when a frame is over the limit */
  fill(table: PieceTable): boolean {
    if (!this.#cutter.next(table)) return false;
    this.bytes += table.streamBytes;
    this.frames += table.count;
    this.unfinishedSince = Number.NaN; // A2: whatever was begun is finished
    return true;
  }

  pause(now: number): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#pausedAt = now;
    this.#connection.pause();
  }

  resume(now: number): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    // Still NaN when nothing was begun.
    this.unfinishedSince += now - this.#pausedAt;
    this.#connection.resume();
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  terminate(): void {
    this.#connection.terminate();
  }

  status(): ProducerStatus {
    const { peer, bytes, frames, isClosed } = this;
    return { peer, bytes, frames, isOpen: !isClosed };
  }

  data(chunk: Uint8Array): void {
    if (this.isClosed) return;
    this.#cutter.push(chunk);
    this.#chunk = chunk;
    this.#owner.arrived(this, chunk.length);
  }

  /** The first `frames` of its frames are durable. */
  kept(frames: number): void {
    this.#kept = frames;
    if (this.isClosed) return;
    this.#acks?.tell(frames);
    this.endTold();
  }

  /** One that has sent its last, and was told of all that it sent, has nothing to wait for. */
  endTold(): void {
    if (this.#acks === undefined || !this.hasEnded || !this.isDrained) return;
    if (this.#kept === this.frames && this.#acks.isTold) this.#connection.end();
  }

  drain(): void {
    this.line?.drained();
    this.#acks?.drained();
    this.endTold();
  }

  ended(): void {
    this.hasEnded = true;
    this.line?.touch();
    this.#owner.ended(this);
  }

  /** Ends the connection when nothing was replied since `since` (monotonic ms). What a reader did
   *  not take until then it does not get. */
  endUnused(since: number): void {
    if (this.line === undefined || this.line.takenAt > since) return;
    if (this.line.heldBytes === 0) this.#connection.end();
    else this.#connection.terminate();
    this.line.gone();
  }

  close(error: Error | undefined): void {
    this.line?.gone();
    if (this.isClosed) return;
    this.isClosed = true;
    this.error = error;
    this.#owner.left(this);
  }
}
