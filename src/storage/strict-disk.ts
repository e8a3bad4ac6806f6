/**
 * A disk around a disk, on which a failed fsync is final. The system marks pages as clean although
 * they were not written, so that the next fsync succeeds and means nothing: what is on the disk can
 * only be found out by reading it after a new start.
 *
 * A1. After a sync failed, nothing is read, written or named through this disk any more.
 */
import { messageOf, WallarooError } from "../base/errors.ts";
import type { Disk, DiskFile, FileStat, OpenMode } from "../ports/disk.ts";

export class StrictDisk implements Disk {
  readonly #disk: Disk;
  #failed: WallarooError | undefined;
  readonly link?: (from: string, to: string) => Promise<"ok" | "taken">;

  constructor(disk: Disk) {
    this.#disk = disk;
    if (disk.link === undefined) return;
    this.link = async (from, to) => {
      this.check();
      return await disk.link!(from, to);
    };
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    this.check();
    return new StrictFile(this, path, await this.#disk.open(path, mode));
  }

  async stat(path: string): Promise<FileStat | undefined> {
    this.check();
    return await this.#disk.stat(path);
  }

  async list(path: string): Promise<readonly string[]> {
    this.check();
    return await this.#disk.list(path);
  }

  async rename(from: string, to: string): Promise<void> {
    this.check();
    await this.#disk.rename(from, to);
  }

  async remove(path: string): Promise<void> {
    this.check();
    await this.#disk.remove(path);
  }

  async makeFolder(path: string): Promise<void> {
    this.check();
    await this.#disk.makeFolder(path);
  }

  async syncFolder(path: string): Promise<void> {
    await this.synced(path, () => this.#disk.syncFolder(path));
  }

  /** @throws {WallarooError} `fsync_failed` once a sync failed */
  check(): void {
    if (this.#failed !== undefined) throw this.#failed;
  }

  async synced(path: string, sync: () => Promise<void>): Promise<void> {
    this.check();
    try {
      await sync();
    } catch (error) {
      this.#failed ??= fsyncFailed(path, error);
      throw this.#failed;
    }
  }
}

class StrictFile implements DiskFile {
  readonly #disk: StrictDisk;
  readonly #path: string;
  readonly #file: DiskFile;

  constructor(disk: StrictDisk, path: string, file: DiskFile) {
    this.#disk = disk;
    this.#path = path;
    this.#file = file;
  }

  async read(into: Uint8Array, length: number, position: number): Promise<number> {
    this.#disk.check();
    return await this.#file.read(into, length, position);
  }

  async write(bytes: Uint8Array, start: number, end: number, at?: number): Promise<void> {
    this.#disk.check();
    await this.#file.write(bytes, start, end, at);
  }

  async sync(): Promise<void> {
    await this.#disk.synced(this.#path, () => this.#file.sync());
  }

  async stat(): Promise<FileStat> {
    return await this.#file.stat();
  }

  async truncate(size: number): Promise<void> {
    this.#disk.check();
    await this.#file.truncate(size);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function fsyncFailed(path: string, cause: unknown): WallarooError {
  return new WallarooError(
    "fsync_failed",
    `the disk did not keep ${path}: ${messageOf(cause)}. This process ends, since what is on the ` +
      "disk is unknown until it is read anew: check the disk, then start again",
    { domain: "external", cause },
  );
}
