/**
 * Entries of one table by the numbers that keys have on channels (`KeyNumbers`): a key that came
 * before is found in an array, without a look at its text.
 *
 * F1. What is found may be gone, as `isGone` of it says; few of those are kept.
 * F2. A number is of one channel and edition, and so is what was found by it.
 */
import type { KeyMemo, KeyNumbers } from "../model/source.ts";

/** Entries that are gone and may still be remembered, with their values. */
export const GONE_MAX = 64;

/** Arrays are filled, never shortened: they would grow anew, and not one after the other. */
export class FoundByNumber {
  /** Of the channels that lead to the table. */
  readonly #memos: KeyMemo[] = [];
  /** Entries that went since all were forgotten. */
  #gone = 0;

  /** Where entries are remembered by these numbers; the caller reads and fills it. */
  of({ memo, edition }: KeyNumbers): unknown[] {
    if (memo.owner !== this) {
      memo.owner = this;
      memo.found.fill(undefined);
      if (!this.#memos.includes(memo)) this.#memos.push(memo);
    }
    if (memo.edition !== edition) {
      memo.edition = edition;
      memo.found.fill(undefined); // F2
    }
    return memo.found;
  }

  /** An entry goes. All are looked up anew after some: to do so each time would cost more than it
   *  spares where keys go often. F1 */
  forget(): void {
    if (++this.#gone < GONE_MAX) return;
    this.#gone = 0;
    for (const { found } of this.#memos) found.fill(undefined);
  }
}
