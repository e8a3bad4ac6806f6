/**
 * When sources may be told: positions are owed until every record before them is committed, also
 * the records that were left out of an epoch because their sink was not open at its barrier.
 *
 * O1. At most two sets of marks are kept: the oldest that is owed, and the latest.
 */
import type { Position } from "../model/context.ts";
import type { SplitReader } from "../model/source.ts";

/** Where a split would be read on. */
export interface Mark {
  readonly reader: SplitReader<unknown>;
  readonly position: Position | undefined;
}

interface Owed {
  readonly marks: readonly Mark[];
  /** How many records each sink had been given. */
  readonly pushed: readonly number[];
}

const NONE: readonly Mark[] = [];

export class OwedMarks {
  #oldest: Owed | undefined = undefined;
  #latest: Owed | undefined = undefined;

  /**
   * At a barrier: where the sources stand, how many records each sink was given, and before which
   * number all its records belong to this epoch or one before. Returns what may be told when this
   * epoch is committed.
   */
  at(
    marks: readonly Mark[],
    pushed: readonly number[],
    sealed: readonly number[],
  ): readonly Mark[] {
    const isDue = (owed: Owed): boolean => owed.pushed.every((count, i) => count <= sealed[i]!);
    const now = { marks, pushed };
    if (isDue(now)) {
      this.#oldest = undefined;
      this.#latest = undefined;
      return marks;
    }
    const oldest = this.#oldest;
    const latest = this.#latest;
    if (latest !== undefined && isDue(latest)) {
      this.#oldest = now;
      this.#latest = undefined;
      return latest.marks;
    }
    if (oldest !== undefined && isDue(oldest)) {
      this.#oldest = latest ?? now;
      this.#latest = latest === undefined ? undefined : now;
      return oldest.marks;
    }
    if (oldest === undefined) this.#oldest = now;
    else this.#latest = now;
    return NONE;
  }
}
