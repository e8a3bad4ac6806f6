/** Chance and time of a whole process, replaced while a simulation runs. */

/** What apps see instead. */
export interface Pinned {
  readonly now: () => number;
  readonly random: () => number;
}

/** Runs `fn` while `Math.random` and `Date.now` give what `pinned` says: a run can be repeated. */
export async function withPinned<T>(pinned: Pinned, fn: () => Promise<T>): Promise<T> {
  const { random } = Math;
  const { now } = Date;
  Math.random = pinned.random;
  Date.now = pinned.now;
  try {
    return await fn();
  } finally {
    Math.random = random;
    Date.now = now;
  }
}
