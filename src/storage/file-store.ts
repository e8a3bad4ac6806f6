/**
 * A store in a folder: logs and blobs beside each other. A failed fsync is an error of code
 * `fsync_failed`, after which the store refuses everything and the process has to end.
 */
import type { BlobStore } from "../ports/blob-store.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Disk } from "../ports/disk.ts";
import type { MetaLog } from "../ports/meta-log.ts";
import type { Store } from "../ports/store.ts";
import { checkBlobName } from "./blob-name.ts";
import { makeDurable } from "./durable-folder.ts";
import { FileBlobs } from "./file-blobs.ts";
import { FileMetaLog } from "./file-meta-log.ts";
import { StrictDisk } from "./strict-disk.ts";

export interface FileStoreSettings {
  /** Absolute path. */
  readonly folder: string;
  readonly disk: Disk;
  readonly crypto: Crypto;
}

export class FileStore implements Store {
  readonly url: string;
  readonly durability = "this disk only";
  readonly blobs: BlobStore;
  readonly #settings: FileStoreSettings;

  constructor(settings: FileStoreSettings) {
    const { folder, crypto } = settings;
    const disk = new StrictDisk(settings.disk);
    this.#settings = { folder, crypto, disk };
    this.url = `file://${folder}`;
    this.blobs = new FileBlobs(`${folder}/blobs`, disk, crypto);
  }

  async log(name: string): Promise<MetaLog> {
    const { folder, disk, crypto } = this.#settings;
    checkBlobName(name);
    const own = `${folder}/logs/${name}`;
    await makeDurable(disk, own, folder);
    return await FileMetaLog.open({ folder: own, disk, crypto });
  }

  async logs(folder: string): Promise<readonly string[]> {
    const { folder: own, disk } = this.#settings;
    checkBlobName(folder);
    const path = `${own}/logs/${folder}`;
    if ((await disk.stat(path))?.isDirectory !== true) return [];
    const found: string[] = [];
    for (const name of await disk.list(path)) {
      if ((await disk.stat(`${path}/${name}`))?.isDirectory !== true) continue;
      const records = await disk.list(`${path}/${name}`);
      if (records.some((one) => one.endsWith(".rec"))) found.push(`${folder}/${name}`);
    }
    return found;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
