/**
 * The commits of a job: barriers between records, at an interval, when a sink needs one, and at the
 * end.
 *
 * Owns: the numbers of epochs, the commit under way, and who waits until no record is inside a
 * task.
 * Does not own: what a commit does (io), what a sink prepares (operators).
 *
 * C1. One commit at a time; no barrier begins within a turn.
 * C2. Tasks are held only until every sink has begun to prepare: none waits for a slow writer.
 * C3. `between` holds them until all is committed and its work is done, or its time is over.
 */
import { commitEpoch, type Preparing } from "../io/commits.ts";
import { type Mark, OwedMarks } from "../io/owed-marks.ts";
import type { SinkEnd } from "../operators/operator.ts";
import type { Clock } from "../ports/clock.ts";
import type { TaskParts } from "./build-task.ts";

export interface EpochsOptions {
  readonly clock: Clock;
  /** May still grow. */
  readonly tasks: readonly TaskParts[];
  readonly marks: () => readonly Mark[];
  /** Gives every task a turn. */
  readonly wake: () => void;
  readonly hasFailed: () => boolean;
  /** Whether tasks are held, and stay so, because a record failed. */
  readonly isHalted: () => boolean;
  readonly fail: (error: unknown) => void;
}

export class Epochs {
  readonly #options: EpochsOptions;
  readonly #owed = new OwedMarks();
  #commit: Promise<void> | undefined = undefined;
  #onQuiet: (() => void) | undefined = undefined;
  #isWanted = false;
  #isEnding = false;
  /** The epoch last begun. */
  epoch = 0;

  constructor(options: EpochsOptions) {
    this.#options = options;
  }

  /** Commits now, unless a commit is under way. */
  tick(): void {
    const { hasFailed, isHalted } = this.#options;
    if (this.#isEnding || this.#commit !== undefined || hasFailed() || isHalted()) return;
    this.#begin(this.#commitNow().catch((error: unknown) => this.#options.fail(error)));
  }

  /** A sink goes on only after a commit. May be called within a turn. */
  want(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#options.clock.soon(() => this.tick());
  }

  /** A task has nothing to do for now. */
  quiet(): void {
    this.#onQuiet?.();
  }

  /** Commits what is left when nothing more is pushed, in as many epochs as that takes. */
  async finish(): Promise<void> {
    this.#isEnding = true;
    await this.#commit;
    const sinks = this.#sinks();
    do {
      await Promise.all(sinks.map(async (sink) => await sink.drain?.()));
      if (this.#options.hasFailed()) return;
      await this.#commitNow();
    } while (sinks.some(isLeft));
  }

  /**
   * Does `work` between two records, when nothing is inside and all that sinks were given is
   * committed. `isReady`: what has to be true besides; looked at when a task has nothing to do.
   * @throws what `within` rejects with, when that comes before the work begins
   */
  async between<R>(
    within: Promise<never>,
    isReady: () => boolean,
    work: () => Promise<R>,
  ): Promise<R> {
    const before = this.#commit;
    let last: Promise<void> | undefined;
    const run = async (): Promise<R> => {
      await Promise.race([before, within]);
      this.#hold();
      try {
        await Promise.race([this.#untilQuiet(isReady), within]);
        const sinks = this.#sinks();
        do {
          await Promise.race([
            Promise.all(sinks.map(async (sink) => await sink.drain?.())),
            within,
          ]);
          last = this.#commitHeld(++this.epoch);
          last.catch((error: unknown) => this.#options.fail(error));
          await Promise.race([last, within]);
        } while (sinks.some(isLeft));
        return await work();
      } finally {
        this.#release();
      }
    };
    const running = run();
    // C1. What is given up goes on until its sinks have prepared.
    const ended = running.then(noop, noop).then(() => Promise.allSettled([before, last]));
    this.#begin(ended.then(noop));
    return await running;
  }

  /** C1. Until it is done, or another has waited for it and begun, no other begins. */
  #begin(work: Promise<void>): void {
    const commit = work.finally(() => {
      if (this.#commit !== commit) return;
      this.#commit = undefined;
      if (this.#isWanted) this.tick();
    });
    this.#commit = commit;
  }

  /** A barrier between records: all sinks prepare what was pushed before it, then commit. */
  async #commitNow(): Promise<void> {
    const epoch = ++this.epoch;
    this.#hold();
    let committing: Promise<void>;
    try {
      await this.#untilQuiet();
      committing = this.#commitHeld(epoch);
    } finally {
      this.#release();
    }
    await committing;
  }

  #hold(): void {
    this.#isWanted = false;
    for (const { task } of this.#options.tasks) task.control.hold();
  }

  #release(): void {
    const { tasks, isHalted, wake } = this.#options;
    if (!isHalted()) for (const { task } of tasks) task.control.release();
    wake();
  }

  /** All sinks have begun to prepare when this returns. */
  #commitHeld(epoch: number): Promise<void> {
    const { marks, hasFailed } = this.#options;
    const committing = { owed: this.#owed, hasFailed };
    return commitEpoch(epoch, this.#sinks().map(preparing), marks(), committing);
  }

  #untilQuiet(isReady: () => boolean = () => true): Promise<void> {
    const { tasks, wake } = this.#options;
    return new Promise((resolve) => {
      const look = (): void => {
        if (!tasks.every(({ task }) => task.isQuiet) || !isReady()) return;
        this.#onQuiet = undefined;
        resolve();
      };
      this.#onQuiet = look;
      look();
      wake();
    });
  }

  #sinks(): SinkEnd[] {
    return this.#options.tasks.flatMap((parts) => [...parts.sinks.values()]);
  }
}

/** Whether some records missed the last barrier: they may be written by now, but in no epoch. */
function isLeft({ pushed, sealed }: SinkEnd): boolean {
  return pushed !== sealed;
}

function preparing(sink: SinkEnd): Preparing {
  return {
    name: sink.name,
    committer: sink,
    prepare: (epoch) => sink.prepare(epoch),
    get pushed() {
      return sink.pushed;
    },
    get sealed() {
      return sink.sealed;
    },
  };
}

function noop(): void {}
