import { PieceTable } from "../../base/piece-table.ts";
import { BATCH_BYTES_MAX, BATCH_RECORDS_MAX } from "../../model/limits.ts";
import type { Batch } from "../../model/source.ts";
import type { LogPlace } from "../../ports/record-log.ts";
import { atFrame, type IngestPosition } from "./position.ts";

/** The one batch of a reader, used again and again: frames of one connection, out of one block. */
export class IngestBatch extends PieceTable implements Batch<never> {
  time = 0;
  #place: LogPlace = { segment: 0, offset: 0 };
  /** Frames of the block before the first of the batch. */
  #before = 0;

  constructor() {
    super(BATCH_RECORDS_MAX, BATCH_BYTES_MAX);
  }

  /** The table was filled out of the block at `place`. */
  set(place: LogPlace, before: number, time: number): void {
    this.#place = place;
    this.#before = before;
    this.time = time;
  }

  /** Leaves the first `count` frames out. */
  skip(count: number): void {
    this.starts.copyWithin(0, count, this.count);
    this.ends.copyWithin(0, count, this.count);
    this.count -= count;
    this.#before += count;
  }

  get next(): IngestPosition {
    return this.positionOf(this.count);
  }

  positionOf(i: number): IngestPosition {
    return atFrame(this.#place, this.#before + i);
  }
}
