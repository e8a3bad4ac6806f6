/** What a lease says now. */
export interface Held {
  readonly value: Uint8Array;
  /** Changes with each swap; never used twice. */
  readonly tag: number;
}

/** With the tag that it has now. `lost`: somebody else swapped it before. `unknown`: it may have
 *  happened, or may still. */
export type SwapOutcome = { readonly tag: number } | "lost" | "unknown";

/**
 * One small value that tells who leads. For liveness alone: whether an act is valid is decided by
 * logs, never by a lease or a clock.
 *
 * @throws {WallarooError} `store_unavailable` (retryable), `store_refused`
 */
export interface Lease {
  /** Undefined while nobody ever held it. */
  read(): Promise<Held | undefined>;
  /** Sets `value` if the lease still has `tag`; undefined: if nobody ever held it. After `unknown`
   *  the same call may be made again. */
  swap(value: Uint8Array, tag: number | undefined): Promise<SwapOutcome>;
}
