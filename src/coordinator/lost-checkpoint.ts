/** Whether the store still has what was kept in it (pure). */

import { externalError } from "../base/errors.ts";

/** A checkpoint that was stored, and where. */
export interface KnownCheckpoint {
  /** 0: none. */
  readonly epoch: number;
  /** URL of the store. */
  readonly store: string;
}

/**
 * What is wrong with a store that has no checkpoint of a job as new as one that was stored before;
 * undefined when nothing is. `found`: the newest that its log tells of; 0: none.
 */
export function lostCheckpoint(
  job: string,
  { epoch, store }: KnownCheckpoint,
  found: number,
): string | undefined {
  if (epoch === 0 || found >= epoch) return undefined;
  const there = found === 0 ? "none" : `${found} as the newest`;
  return (
    `checkpoint ${epoch} of job ${job} was stored, and ${store} has ${there}: was it wiped, or ` +
    "put back from an older copy? Put it back as it was. To begin anew instead, which reads all " +
    "input and writes all output again, deploy the job anew, or name another folder with --data"
  );
}

/** The store has a job of that name, and the coordinator knows none. */
export function unknownCheckpoints(job: string, store: string): Error {
  return externalError(
    "checkpoint_lost",
    `${store} has files of job ${job}, and the coordinator's own log does not tell of it: was it ` +
      "put back from an older copy? Put it back as it was. To begin anew instead, which reads " +
      "all input and writes all output again, name another folder with --data",
  );
}
