/**
 * One instance of a task in a part of a job: its channels, its barriers, its end.
 *
 * Owns: alignment, what its sinks prepared at each epoch, whether its end was told downstream.
 * Does not own: the order of epochs (coordinator), opening and closing (part).
 *
 * T1. A barrier leaves behind all records that came before it at any input, and before all others.
 * T2. The end leaves after everything else, once.
 * T3. No sink waits for a commit while a barrier is on its way: it may be behind what the sink is
 *     to take, and the commit behind the barrier.
 */
import type { Aligner } from "../exchange/aligner.ts";
import type { ExchangeExit } from "../exchange/exit.ts";
import type { Inbox } from "../exchange/inbox.ts";
import type { Mark } from "../io/commits.ts";
import type { Epoch } from "../model/sink.ts";
import type { SinkEnd } from "../operators/operator.ts";
import type { TaskParts } from "./build-task.ts";

/** What was prepared at a barrier, and where the sources stood. */
interface Prepared {
  readonly sinks: Promise<readonly (readonly [SinkEnd, unknown])[]>;
  readonly marks: readonly Mark[];
}

export class PartTask {
  readonly taskId: number;
  readonly parts: TaskParts;
  readonly inboxes: readonly Inbox[];
  readonly #exits: readonly ExchangeExit[];
  readonly #aligner: Aligner;
  readonly #marks: () => readonly Mark[];
  readonly #prepared = new Map<Epoch, Prepared>();
  #passed: Epoch = 0;
  #isEnded = false;

  constructor(options: {
    readonly taskId: number;
    readonly parts: TaskParts;
    readonly inboxes: readonly Inbox[];
    readonly exits: readonly ExchangeExit[];
    readonly aligner: Aligner;
    /** Where the splits that it reads stand. */
    readonly marks: () => readonly Mark[];
  }) {
    this.taskId = options.taskId;
    this.parts = options.parts;
    this.inboxes = options.inboxes;
    this.#exits = options.exits;
    this.#aligner = options.aligner;
    this.#marks = options.marks;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Whether barrier `epoch` went through, or nothing can come behind it any more. */
  hasPassed(epoch: Epoch): boolean {
    return this.#passed >= epoch;
  }

  /** The coordinator asks for a barrier. */
  trigger(epoch: Epoch): void {
    if (this.#isEnded) {
      this.#pass(epoch);
      return;
    }
    this.#aligner.trigger(epoch);
    if (this.#passed < epoch) this.parts.task.control.awaitBarrier(); // T3
  }

  /** The task has nothing to do for now. Returns true when a barrier went through. */
  quiet(): boolean {
    const epoch = this.#aligner.poll();
    if (epoch === undefined || this.#isEnded) return false;
    for (const exit of this.#exits) exit.barrier(epoch);
    this.#pass(epoch);
    this.#aligner.release(epoch);
    return true;
  }

  /** All of its inputs have ended. Returns true when it has just said all that it had to say. */
  end(pendingEpoch: Epoch | undefined): boolean {
    if (this.#isEnded || !this.parts.task.isEnded) return false;
    this.#isEnded = true;
    for (const exit of this.#exits) exit.end();
    if (pendingEpoch !== undefined && this.#passed < pendingEpoch) this.#pass(pendingEpoch);
    return true;
  }

  /** Resolves when the sinks have prepared what came before the barrier. */
  async prepared(epoch: Epoch): Promise<void> {
    await this.#prepared.get(epoch)?.sinks;
  }

  /** Commits what was prepared, then acknowledges the sources. */
  async commit(epoch: Epoch): Promise<void> {
    const prepared = this.#prepared.get(epoch);
    if (prepared === undefined) return;
    for (const [sink, pending] of await prepared.sinks) {
      if (pending !== undefined) await sink.commit(pending);
    }
    for (const { reader, position } of prepared.marks) {
      if (position !== undefined) await reader.acknowledge(position);
    }
    for (const old of this.#prepared.keys()) if (old <= epoch) this.#prepared.delete(old);
  }

  #pass(epoch: Epoch): void {
    if (this.#passed >= epoch) return;
    this.#passed = epoch;
    this.parts.task.control.barrierPassed();
    const sinks = [...this.parts.sinks.values()];
    this.#prepared.set(epoch, {
      marks: this.#marks(),
      sinks: Promise.all(sinks.map(async (sink) => [sink, await sink.prepare(epoch)] as const)),
    });
  }
}
