/** What is made durable first: frames as they arrive, and who is told when they are kept. */
import type { PieceTable } from "../../base/piece-table.ts";
import type { ProducerStatus } from "../../model/source.ts";
import type { Address } from "../../ports/network.ts";

/** One connection of a producer. */
export interface Sender {
  /** Tells it from others of this opening of the source. */
  readonly id: number;
  /** Frames that it has sent, those of the batch in hand included. */
  readonly frames: number;
  /** The first `frames` of its frames are durable. */
  kept(frames: number): void;
}

/** Frames of one connection, valid until the next is asked for. */
export interface SentBatch extends PieceTable {
  /** Arrival: ms since the epoch. */
  readonly time: number;
  readonly sender: Sender;
}

/** A listener whose batches are logged. It holds its producers back while nobody asks. */
export interface IngestInput extends AsyncDisposable {
  next(): Promise<IteratorResult<SentBatch>>;
  readonly addresses: readonly Address[];
  producers(): readonly ProducerStatus[];
  stats(): Readonly<Record<string, number | string>>;
}
