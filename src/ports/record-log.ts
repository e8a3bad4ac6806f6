/** Where a block of a log begins. Plain data; places grow by segment, then by offset. */
export interface LogPlace {
  readonly segment: number;
  readonly offset: number;
}

/** A block as it is stored. */
export interface LogBlock {
  readonly place: LogPlace;
  /** Where reading goes on behind it. */
  readonly next: LogPlace;
  /** The bytes that were appended, without the room for the log's own; the caller's to keep. */
  readonly bytes: Uint8Array;
}

/**
 * Blocks of bytes in the order in which they were appended, by one writer at a time: input that
 * was promised to be kept.
 *
 * @throws {WallarooError} `disk_full` (nothing of the block stays, and it may be appended again),
 * `log_damaged`, `fsync_failed` and `log_taken` (the log is not written any more)
 */
export interface RecordLog {
  /** So many bytes at the start of an appended block are the log's own to write. */
  readonly room: number;
  /** Of the oldest block that can be read, or of the next that is appended. */
  readonly begin: LogPlace;
  /** Behind the newest block. */
  readonly end: LogPlace;
  /** What people can do when something of it is lost, as the end of a sentence. */
  readonly onLoss: string;
  /** Appends `block`, whose first `room` bytes are overwritten; durable when it resolves. The bytes
   *  are the log's until then. One call at a time. */
  append(block: Uint8Array): Promise<LogBlock>;
  /** The block at a place that was given before, checked; undefined at the end. One at a time.
   *  Behind what is damaged, where people accepted that it is lost. */
  read(place: LogPlace): Promise<LogBlock | undefined>;
  /** Where reading begins instead of at a place that the log does not have, if people accepted that
   *  what stood there is lost. */
  passLoss(place: LogPlace): Promise<LogPlace | undefined>;
  /** Removes what nobody reads any more: whole segments, so that blocks before `place` may stay. */
  dropBefore(place: LogPlace): Promise<void>;
  close(): Promise<void>;
}

/** `disk`: in the worker's own folder. `replicated`: in the store, where any worker reads it. */
export type LogKind = "disk" | "replicated";

/** The logs of a job's input. */
export interface RecordLogs {
  /** Opens the log of that name, or begins it; what a crash left half written is cut off.
   *  @throws {WallarooError} `no_log` where this process has no place for it; `log_damaged` */
  open(name: string, level: LogKind): Promise<RecordLog>;
}

/** Negative when `a` is before `b`, 0 when they are equal. */
export function comparePlaces(a: LogPlace, b: LogPlace): number {
  return a.segment - b.segment || a.offset - b.offset;
}
