/**
 * Blobs as files in a folder: for one machine, or several that share the folder.
 *
 * Owns: the folder. Does not own: what is in the blobs.
 *
 * B1. A blob has its name only when all its bytes are durable: written beside, synced, renamed.
 * B2. A sync that failed is not tried again, since the bytes may be gone from memory: the disk is
 *     one on which it is final.
 * B3. No name leads out of the folder.
 */
import { externalError, WallarooError } from "../base/errors.ts";
import type { BlobInfo, BlobStore, BlobWriter } from "../ports/blob-store.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Disk, DiskFile } from "../ports/disk.ts";
import { BLOB_BYTES_MAX } from "../model/limits.ts";
import { byName, checkBlobName, checkBlobPrefix, isBlobName } from "./blob-name.ts";
import { createInside, makeDurable } from "./durable-folder.ts";

/** Not a name of a blob: those do not begin with a point. */
const TEMPORARY = ".tmp-";

export class FileBlobs implements BlobStore {
  readonly #folder: string;
  readonly #disk: Disk;
  readonly #nonce: string;
  readonly #made = new Set<string>();
  #count = 0;

  /** `folder`: absolute; made when it is needed. */
  constructor(folder: string, disk: Disk, crypto: Crypto) {
    this.#folder = folder;
    this.#disk = disk;
    this.#nonce = crypto.secret(8).toHex();
  }

  async create(name: string): Promise<BlobWriter> {
    const path = this.#path(name);
    const folder = path.slice(0, path.lastIndexOf("/"));
    await this.#make(folder);
    const temporary = `${folder}/${TEMPORARY}${this.#nonce}-${++this.#count}`;
    const file = await createInside(this.#disk, folder, temporary);
    return new FileBlobWriter(this.#disk, file, { folder, temporary, path });
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const writer = await this.create(name);
    try {
      await writer.write(bytes, 0, bytes.length);
      await writer.finish();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }

  async read(name: string, start: number, end: number): Promise<Uint8Array> {
    const file = await this.#open(name);
    try {
      const { size } = await file.stat();
      return await readPart(file, Math.min(start, size), Math.min(end, size));
    } finally {
      await file.close();
    }
  }

  async get(name: string): Promise<Uint8Array> {
    const file = await this.#open(name);
    try {
      const { size } = await file.stat();
      if (size > BLOB_BYTES_MAX) {
        throw externalError("too_large", `${name} has ${size} bytes, limit ${BLOB_BYTES_MAX}`);
      }
      return await readPart(file, 0, size);
    } finally {
      await file.close();
    }
  }

  async stat(name: string): Promise<BlobInfo | undefined> {
    const found = await this.#disk.stat(this.#path(name));
    if (found === undefined || found.isDirectory) return undefined;
    return { name, size: found.size, modifiedMs: found.modifiedMs };
  }

  async list(prefix: string): Promise<readonly BlobInfo[]> {
    checkBlobPrefix(prefix);
    const found: BlobInfo[] = [];
    await this.#collect("", prefix, found);
    return found.sort(byName);
  }

  async remove(name: string): Promise<void> {
    await this.#disk.remove(this.#path(name));
  }

  async sweep(prefix: string, beforeMs: number): Promise<number> {
    checkBlobPrefix(prefix);
    return await this.#sweep(`${this.#folder}/${prefix}`.replace(/\/$/, ""), beforeMs);
  }

  async #sweep(folder: string, beforeMs: number): Promise<number> {
    let count = 0;
    for (const name of await this.#names(folder)) {
      const path = `${folder}/${name}`;
      const found = await this.#disk.stat(path);
      if (found === undefined) continue;
      if (found.isDirectory) count += await this.#sweep(path, beforeMs);
      else if (name.startsWith(TEMPORARY) && found.modifiedMs < beforeMs) {
        await this.#disk.remove(path);
        count++;
      }
    }
    return count;
  }

  /** Folders that cannot hold names with the prefix are not looked into. */
  async #collect(inside: string, prefix: string, into: BlobInfo[]): Promise<void> {
    const folder = inside === "" ? this.#folder : `${this.#folder}/${inside}`;
    for (const entry of await this.#names(folder)) {
      const name = inside === "" ? entry : `${inside}/${entry}`;
      if (!name.startsWith(prefix) && !prefix.startsWith(`${name}/`)) continue;
      const found = await this.#disk.stat(`${folder}/${entry}`);
      if (found === undefined) continue;
      if (found.isDirectory) await this.#collect(name, prefix, into);
      else if (name.startsWith(prefix) && isBlobName(name)) {
        into.push({ name, size: found.size, modifiedMs: found.modifiedMs });
      }
    }
  }

  async #names(folder: string): Promise<readonly string[]> {
    if ((await this.#disk.stat(folder)) === undefined) return [];
    return await this.#disk.list(folder);
  }

  async #make(folder: string): Promise<void> {
    if (this.#made.has(folder)) return;
    await makeDurable(this.#disk, folder, this.#folder);
    this.#made.add(folder);
  }

  async #open(name: string): Promise<DiskFile> {
    try {
      return await this.#disk.open(this.#path(name), "read");
    } catch (error) {
      if (!(error instanceof WallarooError) || error.code !== "not_found") throw error;
      throw externalError("not_found", `there is no ${name} in ${this.#folder}`, error);
    }
  }

  #path(name: string): string {
    checkBlobName(name); // B3
    return `${this.#folder}/${name}`;
  }
}

interface BlobPaths {
  readonly folder: string;
  readonly temporary: string;
  readonly path: string;
}

class FileBlobWriter implements BlobWriter {
  readonly #disk: Disk;
  readonly #file: DiskFile;
  readonly #paths: BlobPaths;
  #isOpen = true;
  #isFinished = false;

  constructor(disk: Disk, file: DiskFile, paths: BlobPaths) {
    this.#disk = disk;
    this.#file = file;
    this.#paths = paths;
  }

  async write(bytes: Uint8Array, start: number, end: number): Promise<void> {
    await this.#file.write(bytes, start, end);
  }

  async finish(): Promise<void> {
    const { folder, temporary, path } = this.#paths;
    await this.#file.sync(); // B2
    await this.#close();
    await this.#disk.rename(temporary, path); // B1
    this.#isFinished = true;
    await this.#disk.syncFolder(folder);
  }

  async abort(): Promise<void> {
    if (this.#isFinished) return;
    await this.#close().catch(() => undefined);
    await this.#disk.remove(this.#paths.temporary).catch(() => undefined);
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#file.close();
  }
}

async function readPart(file: DiskFile, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, end - start));
  let at = 0;
  while (at < bytes.length) {
    const count = await file.read(bytes.subarray(at), bytes.length - at, start + at);
    if (count === 0) break;
    at += count;
  }
  return bytes.subarray(0, at);
}
