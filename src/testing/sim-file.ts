/** A file of a disk in memory, as somebody has it open. */
import { externalError } from "../base/errors.ts";
import type { DiskFile, FileStat } from "../ports/disk.ts";

export interface Content {
  bytes: Buffer;
  size: number;
  durable: Uint8Array;
  modifiedMs: number;
  readonly inode: number;
}

/** What an open file asks of its disk. */
export interface FileHost {
  openFiles: number;
  called(call: string, path: string): Promise<void>;
  write(path: string, file: Content, bytes: Uint8Array, at: number): void;
}

export class SimFile implements DiskFile {
  readonly #disk: FileHost;
  readonly #path: string;
  readonly #file: Content | undefined;
  #isOpen = true;

  constructor(disk: FileHost, path: string, file: Content | undefined) {
    this.#disk = disk;
    this.#path = path;
    this.#file = file;
  }

  async read(into: Uint8Array, length: number, position: number): Promise<number> {
    const file = await this.#called("read");
    if (position >= file.size) return 0;
    return file.bytes.copy(into, 0, position, Math.min(file.size, position + length));
  }

  async write(bytes: Uint8Array, start: number, end: number, at?: number): Promise<void> {
    // The bytes are taken late, as a real disk may: whoever changes them too early is found out.
    const file = await this.#called("write");
    this.#disk.write(this.#path, file, bytes.subarray(start, end), at ?? file.size);
  }

  async sync(): Promise<void> {
    const file = await this.#called("sync");
    file.durable = new Uint8Array(file.bytes.subarray(0, file.size));
  }

  async stat(): Promise<FileStat> {
    await this.#disk.called("stat", this.#path);
    return this.#file === undefined ? folderStat() : fileStat(this.#file);
  }

  async truncate(size: number): Promise<void> {
    const file = await this.#called("truncate");
    file.size = Math.min(size, file.size);
  }

  async close(): Promise<void> {
    if (this.#isOpen && this.#file !== undefined) this.#disk.openFiles--;
    this.#isOpen = false;
  }

  async #called(call: string): Promise<Content> {
    if (!this.#isOpen) throw externalError("disk", `${this.#path} is closed`);
    await this.#disk.called(call, this.#path);
    if (this.#file === undefined) throw isFolder(call, this.#path);
    return this.#file;
  }
}

export function fileStat(file: Content): FileStat {
  const { size, modifiedMs, inode } = file;
  return { size, modifiedMs, isDirectory: false, inode };
}

export function folderStat(): FileStat {
  return { size: 0, modifiedMs: 0, isDirectory: true, inode: 0 };
}

export function notFound(action: string, path: string): Error {
  return externalError("not_found", `cannot ${action} ${path}: there is nothing of that name`);
}

export function isFolder(action: string, path: string): Error {
  return externalError("disk", `cannot ${action} ${path}: it is a folder`);
}
