/**
 * The receiving end of a channel, as an input of its task.
 *
 * Owns: what arrived and was not processed, and whether the channel waits for its task's barrier.
 * Does not own: alignment (aligner), bytes and credit on the wire (links).
 *
 * N1. Items are processed in the order in which they were sent.
 * N2. Between its barrier and the release nothing behind the barrier is shown.
 */
import { assert } from "../base/assert.ts";
import type { TaskInput } from "../model/task-input.ts";
import type { Epoch } from "../model/sink.ts";
import type { ExchangeBatch } from "../model/source.ts";
import type { ChannelItem } from "./channel.ts";
import { addCheck } from "./frame.ts";

export class Inbox implements TaskInput {
  readonly #items: ChannelItem[] = [];
  readonly #onItem: () => void;
  /** Called when a batch was processed: its sender may send as much more. */
  onTaken: (batch: ExchangeBatch) => void = () => undefined;
  at = 0;
  isDone = false;
  /** Records that were processed, of the whole generation. */
  received = 0;
  /** The checksums of the frames that brought them, summed; undefined where there are no frames. */
  sum: number | undefined = undefined;
  #isBlocked = false;
  #records = 0;

  constructor(onItem: () => void) {
    this.#onItem = onItem;
  }

  get batch(): ExchangeBatch | undefined {
    if (this.#isBlocked) return undefined;
    const head = this.#items[0];
    return head?.kind === "batch" ? head.batch : undefined;
  }

  get pending(): number {
    return this.#records - this.at;
  }

  /** Whether its barrier has arrived and it waits for the others. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Takes what was sent. */
  put(item: ChannelItem): void {
    if (item.kind === "batch") this.#records += item.batch.count;
    this.#items.push(item);
    if (this.#items.length === 1) this.#skipEnd();
    this.#onItem();
  }

  finishBatch(): void {
    const head = this.#items.shift();
    assert(head?.kind === "batch", "a batch was in hand");
    this.#records -= head.batch.count;
    this.received += head.batch.count;
    if (head.check !== undefined) this.sum = addCheck(this.sum ?? 0, head.check);
    this.at = 0;
    this.#skipEnd();
    this.onTaken(head.batch);
  }

  /** The epoch of the barrier that is next, taken and the channel blocked; or undefined. */
  takeBarrier(): Epoch | undefined {
    const head = this.#items[0];
    if (this.#isBlocked || head?.kind !== "barrier") return undefined;
    this.#items.shift();
    this.#isBlocked = true;
    return head.epoch;
  }

  /** All have shown their barrier: goes on behind it. */
  release(): void {
    this.#isBlocked = false;
    this.#skipEnd();
  }

  #skipEnd(): void {
    if (this.#isBlocked || this.#items[0]?.kind !== "end") return;
    this.#items.shift();
    this.isDone = true;
  }
}
