/**
 * One instance of a task in a part of a job: its channels, its barriers, its end.
 *
 * Owns: alignment, what was prepared at each epoch, whether its end was told downstream.
 * Does not own: the order of epochs (coordinator), opening and closing (part).
 *
 * T1. A barrier leaves behind all records that came before it at any input and all that they give,
 *     and before all others.
 * T2. The end leaves after everything else, once.
 * T3. What is kept at a barrier is of one instant: places of sources, state, what is under way, and
 *     sinks that prepare what came before it.
 * T4. No sink waits for a commit while a barrier is on its way: it may be behind what the sink is
 *     to take, and the commit behind the barrier.
 */
import { must } from "../base/assert.ts";
import type { Aligner } from "../exchange/aligner.ts";
import type { ExchangeExit } from "../exchange/exit.ts";
import type { Inbox } from "../exchange/inbox.ts";
import type {
  Committable,
  PartSnapshot,
  SplitPosition,
  TaskSnapshot,
} from "../model/checkpoint.ts";
import type { SplitReader } from "../model/source.ts";
import type { Epoch } from "../model/sink.ts";
import type { SinkEnd } from "../operators/operator.ts";
import type { TaskParts } from "./build-task.ts";

/** Where a split stands, and who tells the outside. */
export interface SplitMark extends SplitPosition {
  readonly reader: SplitReader<unknown>;
}

/** What keeps the state of an instance; nothing where a job keeps no checkpoints. */
export interface TaskKeeper {
  /** Synchronous: what is there now belongs to `epoch`. */
  freeze(epoch: Epoch): void;
  /** Resolves when what was frozen is durable. */
  write(epoch: Epoch): Promise<readonly TaskSnapshot[]>;
  /** What is in these files is written anew with the next that is frozen. */
  rewrite(damaged: readonly string[]): void;
  /** Nothing is written any more. */
  abandon(): void;
}

/** What was prepared at a barrier, and where the sources stood. */
interface Prepared {
  readonly sinks: Promise<readonly (readonly [SinkEnd, unknown])[]>;
  readonly marks: readonly SplitMark[];
  readonly counts: Promise<Counts>;
}

/** What an instance has counted. */
export type Counts = Pick<PartSnapshot, "flows" | "steps">;

export class PartTask {
  readonly taskId: number;
  readonly parts: TaskParts;
  readonly inboxes: readonly Inbox[];
  readonly #exits: readonly ExchangeExit[];
  readonly #aligner: Aligner;
  readonly #marks: () => readonly SplitMark[];
  readonly #counts: () => Promise<Counts>;
  readonly #keeper: TaskKeeper;
  readonly #committables: (sink: SinkEnd, pending: unknown) => readonly Committable[];
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
    readonly marks: () => readonly SplitMark[];
    /** What its channels carried until now, when all of it has left, and what its steps did. */
    readonly counts: () => Promise<Counts>;
    readonly keeper: TaskKeeper;
    /** What a sink has prepared, as anybody can commit it. */
    readonly committables: (sink: SinkEnd, pending: unknown) => readonly Committable[];
  }) {
    this.taskId = options.taskId;
    this.parts = options.parts;
    this.inboxes = options.inboxes;
    this.#exits = options.exits;
    this.#aligner = options.aligner;
    this.#marks = options.marks;
    this.#counts = options.counts;
    this.#keeper = options.keeper;
    this.#committables = options.committables;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Whether barrier `epoch` went through, or nothing can come behind it any more. */
  hasPassed(epoch: Epoch): boolean {
    return this.#passed >= epoch;
  }

  /** Files of checkpoints are damaged: the next snapshot does without them. */
  rewrite(damaged: readonly string[]): void {
    this.#keeper.rewrite(damaged);
  }

  /** The coordinator asks for a barrier. */
  trigger(epoch: Epoch): void {
    if (this.#isEnded) {
      this.#pass(epoch);
      return;
    }
    this.#aligner.trigger(epoch);
    if (this.#passed < epoch) this.parts.task.control.awaitBarrier(); // T4
  }

  /** Some task of the part has nothing to do for now. Returns true when a barrier went through. */
  quiet(): boolean {
    if (!this.parts.task.isQuiet) return false; // T1
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

  /** Resolves when all that came before the barrier is durable or prepared, with what it is. */
  async prepared(epoch: Epoch): Promise<PartSnapshot> {
    const prepared = must(this.#prepared.get(epoch), "epoch");
    const tasks = await this.#keeper.write(epoch);
    const sinks = await prepared.sinks;
    return {
      tasks,
      positions: prepared.marks.map(({ reader: _, ...position }) => position),
      committables: sinks.flatMap(([sink, pending]) =>
        pending === undefined ? [] : this.#committables(sink, pending),
      ),
      ...(await prepared.counts),
    };
  }

  /** Commits what was prepared. */
  async commit(epoch: Epoch): Promise<void> {
    for (const [sink, pending] of (await this.#prepared.get(epoch)?.sinks) ?? []) {
      if (pending !== undefined) await sink.commit(pending);
    }
  }

  /** Tells the outside how far all is durable. */
  async acknowledge(epoch: Epoch): Promise<void> {
    for (const { reader, position } of this.#prepared.get(epoch)?.marks ?? []) {
      if (position !== undefined) await reader.acknowledge(position);
    }
    for (const old of this.#prepared.keys()) if (old <= epoch) this.#prepared.delete(old);
  }

  /** Nothing of it is written any more. */
  abandon(): void {
    this.#keeper.abandon();
  }

  #pass(epoch: Epoch): void {
    if (this.#passed >= epoch) return;
    this.#passed = epoch;
    this.parts.task.control.barrierPassed();
    const sinks = [...this.parts.sinks.values()];
    const [marks, counts] = [this.#marks(), this.#counts()];
    this.#keeper.freeze(epoch); // T3
    const preparing = sinks.map(async (sink) => [sink, await sink.prepare(epoch)] as const);
    const prepared = Promise.all(preparing);
    // Whoever asks for it hears of a failure; when the part is closed meanwhile nobody asks.
    prepared.catch(() => undefined);
    this.#prepared.set(epoch, { marks, counts, sinks: prepared });
  }
}
