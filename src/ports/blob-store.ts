/** A blob as it is listed. */
export interface BlobInfo {
  readonly name: string;
  readonly size: number;
  /** Wall clock of the store: ms since the epoch. */
  readonly modifiedMs: number;
}

/** Writes one blob, piece by piece. */
export interface BlobWriter {
  /** Appends a copy of `bytes[start, end)`. */
  write(bytes: Uint8Array, start: number, end: number): Promise<void>;
  /** Resolves when the whole blob is durable and has its name; not before can it be read. */
  finish(): Promise<void>;
  /** Gives it up: nothing of that name appears. After `finish` it changes nothing. */
  abort(): Promise<void>;
}

/**
 * Named bytes that are written once and never changed: the files of checkpoints. A name is path
 * segments of `[A-Za-z0-9._-]` joined by `/`; whoever writes a name twice writes the same bytes, so
 * that a write of unknown outcome is simply made again.
 *
 * @throws {WallarooError} `store_unavailable` (retryable), `store_refused`, `disk_full`,
 * `read_only`, `not_found`
 */
export interface BlobStore {
  create(name: string): Promise<BlobWriter>;
  /** Writes a whole blob; durable when it resolves. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Reads `[start, end)`, or what there is of it. */
  read(name: string, start: number, end: number): Promise<Uint8Array>;
  /** The whole blob. At most `BLOB_BYTES_MAX`; larger ones are read in pieces. */
  get(name: string): Promise<Uint8Array>;
  /** Undefined when there is none. */
  stat(name: string): Promise<BlobInfo | undefined>;
  /** All whose names begin with `prefix`, sorted by name. */
  list(prefix: string): Promise<readonly BlobInfo[]>;
  /** Removing what is absent is no error. */
  remove(name: string): Promise<void>;
  /** Removes what writers of names with `prefix`, which ends with `/`, left behind that did not
   *  finish and wrote last before `beforeMs`, by the clock of the store. Returns how many. Absent
   *  where the store does so itself. */
  sweep?(prefix: string, beforeMs: number): Promise<number>;
}
