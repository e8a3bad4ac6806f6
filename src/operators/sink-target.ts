/** One target of a `sinkEach`: where it is in its life, and the records that wait for it. */
import { plainText } from "../base/plain.ts";
import { userError } from "../base/errors.ts";
import { RECORD_TEXT_MAX, TARGET_NAME_MAX } from "../model/limits.ts";
import type { SinkBuffer } from "./sink-buffer.ts";

/**
 * `absent`: has no slot. `leaving`: was chosen to make room and takes no more records, until all it
 * has is decided. `closing`: its writer is being closed.
 */
export type TargetState = "absent" | "opening" | "open" | "leaving" | "closing";

export class SinkTarget {
  readonly name: string;
  state: TargetState = "absent";
  /** Records that wait until it is open, in order; and the number of the first. */
  queue: unknown[] = [];
  since = 0;
  /** While it has a writer. */
  buffer: SinkBuffer | undefined = undefined;
  canCommit = false;
  /** It commits, prepares or has prepared, and has not committed yet. */
  isUndecided = false;
  /** Got a record in this turn. */
  isTouched = false;
  /** Monotonic ms of the turn of its last record. */
  usedAt = 0;
  /** Since when it makes room, and whether it was given up to count on that. */
  leftAt = 0;
  isStuck = false;
  /** Its own last preparing, before it closes. */
  preparing: Promise<void> | undefined = undefined;
  closing: Promise<void> | undefined = undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** Closing it now would cut nothing short, once what it holds is prepared. */
  get isClean(): boolean {
    const { buffer } = this;
    if (buffer === undefined || buffer.pending > 0 || buffer.isPreparing) return false;
    return !this.canCommit || (buffer.isPrepared && !this.isUndecided);
  }
}

/** The target that a record names. @throws {WallarooError} `bad_target` */
export function checkTarget(target: unknown, step: string, record: unknown): string {
  if (typeof target === "string" && target.length > 0 && target.length <= TARGET_NAME_MAX) {
    return target;
  }
  const given = typeof target === "string" ? `a text of ${target.length}` : describe(target);
  throw userError(
    "bad_target",
    `sink "${step}": its target function gave ${given}, for record ` +
      `${plainText(record, RECORD_TEXT_MAX)}: give a text of 1 to ${TARGET_NAME_MAX} characters`,
  );
}

function describe(value: unknown): string {
  return value === undefined ? "nothing" : plainText(value, 100);
}
