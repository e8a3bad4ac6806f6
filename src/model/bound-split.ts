/** Splits that one worker alone can read (pure): they are named after it. */

/** The split of a source that is bound to its worker. */
export function splitOf(worker: string): string {
  return `log@${worker}`;
}

/** The worker that a split is bound to. */
export function workerOfSplit(split: string): string {
  return split.slice(split.lastIndexOf("@") + 1);
}
