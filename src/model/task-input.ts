import type { Batch } from "./source.ts";

/** What a task takes records from: a split, or a channel from another task. */
export interface TaskInput {
  /** The batch in hand; undefined while there is none, or while the input must wait. */
  readonly batch: Batch<unknown> | undefined;
  /** The next record of the batch. */
  at: number;
  /** Nothing more will come. What is in hand may still have to be processed. */
  readonly isDone: boolean;
  /** Records in hand that were not processed yet. */
  readonly pending: number;
  /** The batch was processed: its place is free for another one. */
  finishBatch(): void;
}
