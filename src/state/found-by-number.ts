/**
 * Entries of one table by the numbers that keys have on channels (`KeyNumbers`): a key that came
 * before is found in an array, without a look at its text.
 *
 * F1. What is found is in the table: all of it is forgotten when any entry goes.
 * F2. A number is of one channel and edition, and so is what was found by it.
 */
import type { KeyMemo, KeyNumbers } from "../model/source.ts";

export class FoundByNumber {
  /** Of the channels that lead to the table. */
  readonly #memos: KeyMemo[] = [];

  /** Where entries are remembered by these numbers; the caller reads and fills it. */
  of({ memo, edition }: KeyNumbers): unknown[] {
    if (memo.owner !== this) {
      memo.owner = this;
      memo.found.length = 0;
      if (!this.#memos.includes(memo)) this.#memos.push(memo);
    }
    if (memo.edition !== edition) {
      memo.edition = edition;
      memo.found.length = 0; // F2
    }
    return memo.found;
  }

  /** An entry goes. F1 */
  forget(): void {
    for (const { found } of this.#memos) found.length = 0;
  }
}
