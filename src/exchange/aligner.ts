/**
 * Barrier alignment of one task.
 *
 * Owns: which inputs have shown the barrier of the epoch in hand.
 * Does not own: the queues (inbox), what happens at the barrier (task).
 *
 * A1. A channel is blocked exactly from its barrier n until all live inputs have shown barrier n.
 * A2. Barriers arrive in order on a channel: n + 1 never before n.
 * A3. An ended channel counts as having shown every barrier.
 * A4. Where the task reads sources, they show the barrier when it is triggered: no record of theirs
 *     enters between the trigger and the release.
 *
 * Follows Carbone et al., "Lightweight Asynchronous Snapshots for Distributed Dataflows", 2015.
 */
import { assert } from "../base/assert.ts";
import type { Epoch } from "../model/sink.ts";
import type { Inbox } from "./inbox.ts";

export class Aligner {
  readonly #channels: readonly Inbox[];
  readonly #readsSources: boolean;
  #epoch: Epoch | undefined = undefined;
  #triggered: Epoch | undefined = undefined;
  #last: Epoch = 0;

  constructor(channels: readonly Inbox[], readsSources: boolean) {
    this.#channels = channels;
    this.#readsSources = readsSources;
  }

  /** Whether the task's sources must wait. */
  get holdsSources(): boolean {
    return this.#triggered !== undefined;
  }

  /** The coordinator asks for a barrier; only where the task reads sources. */
  trigger(epoch: Epoch): void {
    if (!this.#readsSources || epoch <= this.#last) return;
    this.#triggered = epoch;
  }

  /** Looks at what arrived. Returns the epoch when all inputs have shown its barrier. */
  poll(): Epoch | undefined {
    for (const channel of this.#channels) {
      const epoch = channel.takeBarrier();
      if (epoch === undefined) continue;
      assert(this.#epoch === undefined || this.#epoch === epoch, "barriers of one epoch");
      assert(epoch > this.#last, "barriers grow");
      this.#epoch = epoch;
    }
    const epoch = this.#epoch ?? this.#triggered;
    if (epoch === undefined) return undefined;
    if (this.#readsSources && this.#triggered !== epoch) return undefined;
    const isComplete = this.#channels.every((channel) => channel.isBlocked || channel.isDone);
    return isComplete ? epoch : undefined;
  }

  /** The task has done what it does at the barrier: everything goes on. */
  release(epoch: Epoch): void {
    this.#last = epoch;
    this.#epoch = undefined;
    this.#triggered = undefined;
    for (const channel of this.#channels) if (channel.isBlocked) channel.release();
  }
}
