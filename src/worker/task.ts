/**
 * One task: a chain, the splits that feed it, and the sinks behind it.
 *
 * Owns: whose batch is next, the order of closing at the end of the input.
 * Does not own: the chain's code (operators), when it gets a turn (loop), epochs (job).
 *
 * T1. Records of one split are processed in order; splits take turns batch by batch.
 * T2. While the chain says stop, no record enters; parked operators go on first.
 */
import { EXPIRED_PER_CHECK, RECORDS_PER_CHECK } from "../model/limits.ts";
import type { Ttl } from "../model/state-spec.ts";
import type { Clock } from "../ports/clock.ts";
import type { TaskInput } from "../model/task-input.ts";
import type { TaskControl } from "../operators/control.ts";
import type { RunBatch } from "../operators/entry.ts";
import type { Closer } from "../operators/operator.ts";
import type { Runnable } from "./loop.ts";

/** One split and the code that runs its batches. */
export interface Feed {
  readonly input: TaskInput;
  run: RunBatch;
  /** Of a source: its name, and the split's. */
  readonly split?: readonly [source: string, split: string];
  /** True while its records must wait for a barrier. */
  readonly isHeld?: () => boolean;
}

/** What gathers records until a turn is over. */
export interface Gathering {
  flush(): void;
}

/** State that expires, and its clock. */
export interface Expiring {
  now: number;
  readonly spec: { readonly ttl?: Ttl };
  sweep(max: number): boolean;
}

export class Task implements Runnable {
  isQueued = false;
  readonly control: TaskControl;
  readonly #gathering: readonly Gathering[];
  readonly #clock: Clock;
  readonly #closers: readonly Closer[];
  readonly #onQuiet: () => void;
  readonly #expiring: readonly Expiring[];
  readonly feeds: Feed[] = [];
  #turn = 0;
  #closed = 0;
  #isEnding = false;

  constructor(options: {
    readonly control: TaskControl;
    /** Sinks, and what leads to other tasks. */
    readonly gathering: readonly Gathering[];
    readonly clock: Clock;
    readonly expiring?: readonly Expiring[];
    /** In the order of the graph. */
    readonly closers: readonly Closer[];
    /** Called when nothing is left to do for now. */
    readonly onQuiet: () => void;
  }) {
    this.control = options.control;
    this.#gathering = options.gathering;
    this.#clock = options.clock;
    this.#closers = options.closers;
    this.#onQuiet = options.onQuiet;
    this.#expiring = options.expiring ?? [];
  }

  /** Whether nothing is inside the chain. */
  get isQuiet(): boolean {
    return !this.control.isParked;
  }

  /** Whether all input was processed and everything that had to be said at the end was said. */
  get isEnded(): boolean {
    return (
      this.#isEnding && this.#closed === this.#closers.length && this.isQuiet && !this.#isWaiting
    );
  }

  /** All of its splits have ended: closes what has something left to say, in a turn of its own.
   *  Returns false when that was known. */
  end(): boolean {
    if (this.#isEnding) return false;
    this.#isEnding = true;
    return true;
  }

  run(deadline: number): boolean {
    const { control } = this;
    control.deadline = deadline;
    this.#tellTime();
    for (;;) {
      if (control.isBlocked) return false;
      if (control.resumeOne()) {
        if (this.#clock.monotonic() >= deadline) return true;
        continue;
      }
      if (control.isHeld || control.isFull) break;
      const feed = this.#nextFeed();
      if (feed === undefined) {
        if (!this.#closeNext()) break;
      } else if (this.#runBatch(feed, deadline)) {
        this.#sweep();
        return true;
      }
    }
    if (this.#sweep()) return true;
    this.#onQuiet();
    return false;
  }

  /** State with a ttl by processing time sees one time for a whole turn. */
  #tellTime(): void {
    if (this.#expiring.length === 0) return;
    const now = this.#clock.now();
    for (const table of this.#expiring) if (table.spec.ttl?.time === "processing") table.now = now;
  }

  /** Drops some expired keys. Returns whether more wait. */
  #sweep(): boolean {
    let isMore = false;
    for (const table of this.#expiring) isMore = table.sweep(EXPIRED_PER_CHECK) || isMore;
    return isMore;
  }

  flush(): void {
    for (const one of this.#gathering) one.flush();
  }

  /** Runs a feed's batch to its end, or until the turn is over (true) or the chain stops. */
  #runBatch(feed: Feed, deadline: number): boolean {
    const { control } = this;
    const { input } = feed;
    const batch = input.batch!;
    control.batch = batch;
    control.split = feed.split;
    while (input.at < batch.count) {
      try {
        input.at = feed.run(batch, input.at, Math.min(input.at + RECORDS_PER_CHECK, batch.count));
      } catch (error) {
        input.at = control.index; // It failed at this record, which is not processed.
        throw error;
      }
      if (control.stop) break;
      if (this.#clock.monotonic() >= deadline) break;
    }
    if (input.at === batch.count && !control.isParked) input.finishBatch();
    return !control.stop && this.#clock.monotonic() >= deadline;
  }

  /** The next split with a batch. A batch that was processed, but parked something, is done now. */
  #nextFeed(): Feed | undefined {
    const { feeds } = this;
    for (let i = 0; i < feeds.length; i++) {
      const feed = feeds[(this.#turn + i) % feeds.length]!;
      const { batch, at } = feed.input;
      if (batch === undefined || feed.isHeld?.() === true) continue;
      if (at === batch.count) {
        feed.input.finishBatch();
        continue;
      }
      this.#turn = (this.#turn + i + 1) % feeds.length;
      return feed;
    }
    return undefined;
  }

  /** What was closed last has results on their way. */
  get #isWaiting(): boolean {
    return this.#closers[this.#closed - 1]?.isOpen ?? false;
  }

  #closeNext(): boolean {
    if (this.#isWaiting) return false;
    if (!this.#isEnding || this.#closed === this.#closers.length) return false;
    this.#closers[this.#closed++]!.close();
    return true;
  }
}
