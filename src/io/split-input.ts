/**
 * One split being read: asks its reader for a batch at a time, and knows where in it the task is.
 *
 * Owns: the reader, the batch in hand, the place behind the last record that was processed.
 * Does not own: decoding and processing (the chain), when to go on (the task).
 */
import type { Position } from "../model/context.ts";
import type { Batch, SplitReader } from "../model/source.ts";

export class SplitInput {
  readonly id: string;
  readonly reader: SplitReader<unknown>;
  batch: Batch<unknown> | undefined = undefined;
  /** The next record of the batch. */
  at = 0;
  isDone = false;
  /** Bytes of frames of all batches that were processed. */
  bytes = 0;
  readonly #iterator: AsyncIterator<Batch<unknown>>;
  readonly #onBatch: () => void;
  readonly #onError: (error: unknown) => void;
  #isAsking = false;
  #isStopped = false;
  #disposed: Promise<void> | undefined = undefined;
  #next: Position | undefined;
  #hasFinished = false;

  /** `from`: where the reader begins, when that is not the start of its split. */
  constructor(
    id: string,
    reader: SplitReader<unknown>,
    onBatch: () => void,
    onError: (error: unknown) => void,
    from?: Position,
  ) {
    this.#next = from;
    this.id = id;
    this.reader = reader;
    this.#iterator = reader.read()[Symbol.asyncIterator]();
    this.#onBatch = onBatch;
    this.#onError = onError;
  }

  /** Records in hand that were not processed yet. */
  get pending(): number {
    return this.batch === undefined ? 0 : this.batch.count - this.at;
  }

  /** Whether any record was processed. */
  get hasBegun(): boolean {
    return this.#hasFinished || this.at > 0;
  }

  /** Where reading would go on now: behind the last record that was processed. */
  position(): Position | undefined {
    const { batch, at } = this;
    if (batch === undefined) return this.#isAsked ? this.reader.position?.() : this.#next;
    if (at === batch.count) return batch.next;
    return at === 0 ? (batch.positionOf?.(0) ?? this.#next) : batch.positionOf?.(at);
  }

  /** Whether the reader tells where it is: it knows what was processed by being asked for more. */
  get #isAsked(): boolean {
    return !this.#isStopped && this.reader.position !== undefined;
  }

  /** The batch was processed: asks for another one. */
  finishBatch(): void {
    const { batch } = this;
    if (batch !== undefined) {
      if (!this.#isAsked) this.#next = batch.next;
      this.#hasFinished = true;
      if (batch.starts !== undefined && batch.ends !== undefined && batch.count > 0) {
        this.bytes += batch.ends[batch.count - 1]! - batch.starts[0]!;
      }
      this.batch = undefined;
      this.at = 0;
    }
    this.ask();
  }

  /** Asks for a batch, unless one is in hand or on its way. */
  ask(): void {
    if (this.#isAsking || this.isDone || this.#isStopped || this.batch !== undefined) return;
    this.#isAsking = true;
    this.#iterator.next().then(
      (step) => {
        this.#isAsking = false;
        if (step.done === true) this.isDone = true;
        else if (step.value.count > 0) this.batch = step.value;
        else this.ask();
        this.#onBatch();
      },
      (error: unknown) => {
        this.#isAsking = false;
        this.isDone = true;
        if (!this.#isStopped) this.#onError(error);
      },
    );
  }

  /**
   * No more batches. What is in hand is still processed. A reader that waits for input is disposed
   * at once: an async generator would end only after its pending read.
   */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    if (this.batch === undefined) this.#next = this.position();
    this.#isStopped = true;
    const returned = this.#iterator.return?.();
    if (this.#isAsking) {
      returned?.catch(this.#onError);
      await this.dispose();
    } else {
      await returned;
    }
    this.isDone = true;
  }

  /** Gives the reader back, once. */
  dispose(): Promise<void> {
    this.#disposed ??= Promise.resolve(this.reader[Symbol.asyncDispose]());
    return this.#disposed;
  }
}
