/** `unknown`: it may have happened, or may still happen. Find out with `read` before going on. */
export type AppendOutcome = "ok" | "taken" | "unknown";

/**
 * A log of few, small records that decide what is true: each slot is written once, by whoever comes
 * first. Slots are numbered from 0 without gaps. Safe with any number of writers.
 */
export interface MetaLog {
  /** Creates slot `slot` if it is absent. After `unknown` the same call may be made again: it gives
   *  `ok` when the slot holds this very record, written by this very writer.
   *  @throws {WallarooError} `log_gap` when the slot before it is absent, `log_damaged` */
  append(slot: number, record: Uint8Array): Promise<AppendOutcome>;
  /** The record of a slot; undefined while it is absent.
   *  @throws {WallarooError} `log_damaged` with the slot and what is wrong with it */
  read(slot: number): Promise<Uint8Array | undefined>;
  /** The first slot that is absent. */
  tail(): Promise<number>;
  /** The oldest slot that can be read: 0 until records were dropped. */
  head(): Promise<number>;
  /** Drops records below `slot`, which nobody needs any more. The newest record always stays. */
  trim(slot: number): Promise<void>;
}
