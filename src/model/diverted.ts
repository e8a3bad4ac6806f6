import type { Position } from "./context.ts";

/** A record whose step failed, as it leaves at the output of what is diverted. Plain data. */
export interface Diverted<T> {
  readonly error: {
    readonly name: string;
    readonly message: string;
    /** Where it was thrown: `file:line:column`. */
    readonly at?: string;
  };
  readonly input: T;
  readonly step: string;
  /** Which input of `connect` it came from. */
  readonly from?: string;
  /** Its event time: ms since the epoch. */
  readonly time: number;
  readonly position?: Position;
}
