/**
 * Small values with names and conditions: what S3, PostgreSQL and etcd have in common, and what a
 * log is made of.
 */
import type { AppendOutcome } from "../ports/meta-log.ts";

export interface Cell {
  readonly bytes: Uint8Array;
  /** Changes whenever the cell does; opaque. */
  readonly version: string;
}

/**
 * Names are those of blobs. Every call is bounded in time. `unknown`: it may have happened, or may
 * still happen.
 *
 * @throws {WallarooError} `store_unavailable` (retryable), `store_refused`
 */
export interface Cells {
  /** Where they are, for messages; without secrets. */
  readonly where: string;
  /** Why it was not known what became of a write, the last time. */
  readonly doubt: string | undefined;
  /** A value may have so many bytes. */
  readonly bytesMax: number;
  get(name: string): Promise<Cell | undefined>;
  /** `taken`: there is one of that name. */
  create(name: string, bytes: Uint8Array): Promise<AppendOutcome>;
  /** `taken`: it has another version, or is absent. */
  replace(name: string, bytes: Uint8Array, version: string): Promise<AppendOutcome>;
  /** Names that begin with `prefix`, sorted. */
  list(prefix: string): Promise<readonly string[]>;
  /** Removing what is absent is no error. */
  remove(name: string): Promise<void>;
}
