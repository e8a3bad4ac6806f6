export interface FileStat {
  readonly size: number;
  readonly modifiedMs: number;
  readonly isDirectory: boolean;
  /** Tells one file from another that took its name. */
  readonly inode: number;
}

/** `read`: must exist. `append`: made when absent. `create`: made, or emptied. `update`: must
 *  exist, and each `write` says where. */
export type OpenMode = "read" | "append" | "create" | "update";

export interface DiskFile {
  /** Reads into `into[0, length)` from `position`. Returns the bytes read, 0 at the end. */
  read(into: Uint8Array, length: number, position: number): Promise<number>;
  /** Appends all of `bytes[start, end)`; in a file that is open for `update`, writes it at `at`,
   *  over what is there. */
  write(bytes: Uint8Array, start: number, end: number, at?: number): Promise<void>;
  /** Returns when what was written is durable. */
  sync(): Promise<void>;
  stat(): Promise<FileStat>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** Files. Paths are absolute.
 *  @throws {WallarooError} `not_found`, `no_access`, `disk_full`, `disk` */
export interface Disk {
  open(path: string, mode: OpenMode): Promise<DiskFile>;
  /** Undefined when there is nothing of that name. */
  stat(path: string): Promise<FileStat | undefined>;
  /** Names in a folder, sorted by code units. */
  list(path: string): Promise<readonly string[]>;
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name, at once and only if that name is free. Absent where the file
   *  system of a test has no such thing. */
  link?(from: string, to: string): Promise<"ok" | "taken">;
  /** Removing what is absent is no error. */
  remove(path: string): Promise<void>;
  /** Makes the folder and those above it. */
  makeFolder(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
  /** The absolute path of a relative one, which starts at the folder of the process. Absent where
   *  there is no such folder. */
  absolute?(path: string): string;
}
