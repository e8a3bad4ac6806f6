/**
 * A disk in memory that keeps the rules of a real one, and can fail.
 *
 * Owns: names, contents, and what of both is durable.
 *
 * A1. After `crash` a file holds what it held at its last `sync`, under the name it had at the last
 *     `syncFolder` of its folder. Folders are durable when they are made.
 * A2. A file that lost its name lives on for those who have it open.
 */
import { posix } from "node:path";
import { externalError } from "../base/errors.ts";
import type { Disk, DiskFile, FileStat, OpenMode } from "../ports/disk.ts";
import { type Content, fileStat, folderStat, isFolder, SimFile, notFound } from "./sim-file.ts";

export interface SimDiskOptions {
  /** Bytes that all files together may hold: above, `disk_full`. */
  readonly capacity?: number;
  /** Where relative paths start. Default `/`. */
  readonly folder?: string;
  readonly now?: () => number;
}

/** What a power failure leaves of that which no sync has made durable. */
export interface Tear {
  /** Of a file that held `durable` at its last sync and `written` at the end. */
  content(durable: Uint8Array, written: Uint8Array): Uint8Array;
  /** Whether a file is there whose name was made, or taken away, since its folder was synced. */
  hasName(path: string): boolean;
}

export class SimDisk implements Disk {
  readonly #files = new Map<string, Content>();
  #durableNames = new Map<string, Content>();
  readonly #folders = new Set<string>(["/"]);
  readonly #denied = new Set<string>();
  readonly #folder: string;
  readonly #now: () => number;
  #inodes = 1;
  /** Bytes that all files together may hold; may be changed at any time. */
  capacity: number;
  /** Called before each operation; what it throws, or its promise rejects with, is the result. */
  onCall: ((call: string, path: string) => void | Promise<void>) | undefined;
  /** Operations so far, as `open /a/b`. */
  readonly calls: string[] = [];
  /** Files that are open now: 0 when everybody cleaned up. */
  openFiles = 0;

  constructor(options: SimDiskOptions = {}) {
    this.capacity = options.capacity ?? Number.POSITIVE_INFINITY;
    this.#folder = options.folder ?? "/";
    this.#now = options.now ?? (() => 0);
  }

  absolute(path: string): string {
    return posix.resolve(this.#folder, path);
  }

  /** Reading, writing or listing it is refused with `no_access` from now on. */
  deny(path: string): void {
    this.#denied.add(path);
  }

  allow(path: string): void {
    this.#denied.delete(path);
  }

  /** The power fails: what is not durable is gone, or what `tear` leaves of it. Open files must not
   *  be used any more. */
  crash(tear?: Tear): void {
    const names = new Map(this.#durableNames);
    for (const [path, content] of this.#files) {
      if (!names.has(path) && tear?.hasName(path) === true) names.set(path, content);
    }
    for (const path of this.#durableNames.keys()) {
      if (!this.#files.has(path) && tear?.hasName(path) === false) names.delete(path);
    }
    this.#files.clear();
    this.#durableNames = names;
    for (const [path, content] of names) {
      const written = content.bytes.subarray(0, content.size);
      const left = Buffer.from(tear?.content(content.durable, written) ?? content.durable);
      content.durable = Uint8Array.from(left);
      content.bytes = left;
      content.size = left.length;
      this.#files.set(path, content);
    }
  }

  // What a test does to files directly, without faults; it is durable at once.

  /** Makes a file, or replaces its content and keeps its inode. */
  put(given: string, content: string | Uint8Array): void {
    const path = this.absolute(given);
    this.#makeFolders(posix.dirname(path));
    const file = this.#files.get(path) ?? this.#make(path);
    file.size = 0;
    this.#append(file, Buffer.from(content as Uint8Array));
    this.#settle(path, file);
  }

  /** Adds to a file. */
  grow(path: string, more: string | Uint8Array): void {
    const file = this.#get("grow", path);
    this.#append(file, Buffer.from(more as Uint8Array));
    this.#settle(path, file);
  }

  /** Cuts a file to `size`. */
  cut(path: string, size: number): void {
    const file = this.#get("cut", path);
    file.size = Math.min(size, file.size);
    this.#settle(path, file);
  }

  /** Deletes the name; a `put` afterwards makes a new file with another inode. */
  drop(path: string): void {
    this.#files.delete(path);
    this.#durableNames.delete(path);
  }

  text(path: string, encoding: BufferEncoding = "utf8"): string {
    const file = this.#get("read", path);
    return file.bytes.toString(encoding, 0, file.size);
  }

  /** Paths of all files, sorted. */
  paths(): string[] {
    return [...this.#files.keys()].sort();
  }

  // Disk

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    await this.#called("open", path);
    if (this.#folders.has(path) && mode !== "read") throw isFolder("open", path);
    if (this.#folders.has(path)) return new SimFile(this, path, undefined);
    let file = this.#files.get(path);
    if (file === undefined) {
      if (mode === "read" || mode === "update") throw notFound("open", path);
      if (!this.#folders.has(posix.dirname(path))) throw notFound("open", path);
      this.#check("open", posix.dirname(path));
      file = this.#make(path);
    } else if (mode === "create") {
      file.size = 0;
    }
    this.openFiles++;
    return new SimFile(this, path, file);
  }

  async stat(path: string): Promise<FileStat | undefined> {
    await this.#called("stat", path, false);
    if (this.#folders.has(path)) return folderStat();
    const file = this.#files.get(path);
    return file === undefined ? undefined : fileStat(file);
  }

  async list(path: string): Promise<readonly string[]> {
    await this.#called("list", path);
    if (!this.#folders.has(path)) throw notFound("list", path);
    const names = [...this.#files.keys(), ...this.#folders].filter(
      (name) => name !== "/" && posix.dirname(name) === path,
    );
    return names.map((name) => posix.basename(name)).sort();
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#called("rename", from);
    const file = this.#get("rename", from);
    this.#check("rename", posix.dirname(to));
    if (this.#folders.has(to)) throw isFolder("rename", to);
    if (!this.#folders.has(posix.dirname(to))) throw notFound("rename", to);
    this.#files.delete(from);
    this.#files.set(to, file);
  }

  async link(from: string, to: string): Promise<"ok" | "taken"> {
    await this.#called("link", to);
    const file = this.#get("link", from);
    if (!this.#folders.has(posix.dirname(to))) throw notFound("link", to);
    if (this.#files.has(to) || this.#folders.has(to)) return "taken";
    this.#files.set(to, file);
    return "ok";
  }

  async remove(path: string): Promise<void> {
    await this.#called("remove", path);
    if (this.#folders.has(path)) throw isFolder("remove", path);
    this.#files.delete(path);
  }

  async makeFolder(path: string): Promise<void> {
    await this.#called("makeFolder", path);
    this.#makeFolders(path);
  }

  async syncFolder(path: string): Promise<void> {
    await this.#called("syncFolder", path);
    if (!this.#folders.has(path)) throw notFound("sync", path);
    const inside = (name: string) => posix.dirname(name) === path;
    for (const name of [...this.#durableNames.keys()].filter(inside)) {
      if (!this.#files.has(name)) this.#durableNames.delete(name);
    }
    for (const [name, file] of this.#files) if (inside(name)) this.#durableNames.set(name, file);
  }

  // For SimFile

  async called(call: string, path: string): Promise<void> {
    await this.#called(call, path);
  }

  /** Takes what still fits, as a real disk does. */
  write(path: string, file: Content, bytes: Uint8Array, at: number): void {
    let used = 0;
    for (const other of new Set([...this.#files.values(), file])) used += other.size;
    const room = file.size - at + Math.max(0, this.capacity - used);
    this.#write(file, bytes.subarray(0, room), at);
    if (bytes.length > room) {
      throw externalError("disk_full", `cannot write to ${path}: the disk is full`);
    }
  }

  #append(file: Content, bytes: Uint8Array): void {
    this.#write(file, bytes, file.size);
  }

  #write(file: Content, bytes: Uint8Array, at: number): void {
    const size = Math.max(file.size, at + bytes.length);
    if (size > file.bytes.length) {
      const grown = Buffer.alloc(Math.max(size, file.bytes.length * 2));
      file.bytes.copy(grown, 0, 0, file.size);
      file.bytes = grown;
    }
    file.bytes.set(bytes, at);
    file.size = size;
    file.modifiedMs = this.#now();
  }

  #make(path: string): Content {
    const file: Content = {
      bytes: Buffer.alloc(0),
      size: 0,
      durable: new Uint8Array(0),
      modifiedMs: this.#now(),
      inode: this.#inodes++,
    };
    this.#files.set(path, file);
    return file;
  }

  #settle(path: string, file: Content): void {
    file.durable = new Uint8Array(file.bytes.subarray(0, file.size));
    this.#durableNames.set(path, file);
  }

  #makeFolders(path: string): void {
    if (this.#files.has(path)) throw notFound("make folder", path);
    this.#folders.add(path);
    if (path !== "/") this.#makeFolders(posix.dirname(path));
  }

  #get(action: string, path: string): Content {
    const file = this.#files.get(path);
    if (file === undefined) throw notFound(action, path);
    return file;
  }

  async #called(call: string, path: string, checked = true): Promise<void> {
    this.calls.push(`${call} ${path}`);
    if (!posix.isAbsolute(path)) throw externalError("disk", `path ${path} is not absolute`);
    await this.onCall?.(call, path);
    if (checked) this.#check(call, path);
  }

  #check(action: string, path: string): void {
    if (!this.#denied.has(path)) return;
    throw externalError("no_access", `cannot ${action} ${path}: permission denied`);
  }
}
