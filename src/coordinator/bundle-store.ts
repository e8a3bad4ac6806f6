/** Bundles of apps beside the log, by the hash of their content; what is read is checked. */
import { externalError, userError } from "../base/errors.ts";
import { BUNDLE_BYTES_MAX, BUNDLE_CHUNK_BYTES } from "../model/limits.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Disk } from "../ports/disk.ts";

export interface BundleStoreSettings {
  /** Absolute path; made when absent. */
  readonly folder: string;
  readonly disk: Disk;
  readonly crypto: Crypto;
}

export interface BundleChunk {
  /** Of the whole bundle. */
  readonly size: number;
  readonly bytes: Uint8Array;
}

interface Bundle {
  readonly hash: string;
  readonly bytes: Uint8Array;
}

const MEND =
  "put it back from a copy, or from the cache of a worker, and restore the job; to deploy the " +
  "app anew begins from the start";

export class BundleStore {
  readonly #settings: BundleStoreSettings;
  /** The one that is being shipped: workers ask for it piece by piece, at one time. */
  #last: Bundle | undefined;

  constructor(settings: BundleStoreSettings) {
    this.#settings = settings;
  }

  /** Keeps a bundle, durably. Returns its hash.
   *  @throws {WallarooError} `bundle_too_large`, `disk` */
  async put(bytes: Uint8Array): Promise<string> {
    const { folder, disk, crypto } = this.#settings;
    if (bytes.length > BUNDLE_BYTES_MAX) {
      throw userError(
        "bundle_too_large",
        `the app's bundle has ${bytes.length} bytes, limit ${BUNDLE_BYTES_MAX}: leave out ` +
          "what it does not need, and read large data from files",
      );
    }
    const hash = crypto.sha256(bytes).toHex();
    const path = this.#path(hash);
    await disk.makeFolder(folder);
    // One that is there may be damaged, and would be read by the next coordinator.
    if ((await this.#read(path))?.hash !== hash) {
      const temporary = `${path}.${crypto.secret(8).toHex()}.tmp`;
      const file = await disk.open(temporary, "create");
      try {
        await file.write(bytes, 0, bytes.length);
        await file.sync();
      } finally {
        await file.close();
      }
      await disk.rename(temporary, path);
      await disk.syncFolder(folder);
    }
    this.#last = { hash, bytes };
    return hash;
  }

  /** A piece of a bundle. @throws {WallarooError} `no_bundle`, `bundle_damaged` */
  async chunk(hash: string, offset: number): Promise<BundleChunk> {
    const bytes = await this.get(hash);
    return {
      size: bytes.length,
      bytes: bytes.slice(offset, offset + BUNDLE_CHUNK_BYTES),
    };
  }

  /** The whole. @throws {WallarooError} `no_bundle`, `bundle_damaged` */
  async get(hash: string): Promise<Uint8Array> {
    if (this.#last?.hash === hash) return this.#last.bytes;
    const path = this.#path(hash);
    const found = await this.#read(path);
    if (found === undefined) {
      throw externalError("no_bundle", `the bundle ${path} is missing: ${MEND}`);
    }
    if (found.hash !== hash) {
      throw externalError("bundle_damaged", `the bundle ${path} is damaged: ${MEND}`);
    }
    this.#last = found;
    return found.bytes;
  }

  /** A file with the hash of what is in it; undefined when it is not there. */
  async #read(path: string): Promise<Bundle | undefined> {
    const { disk, crypto } = this.#settings;
    const stat = await disk.stat(path);
    if (stat === undefined) return undefined;
    const bytes = new Uint8Array(Math.min(stat.size, BUNDLE_BYTES_MAX));
    const file = await disk.open(path, "read");
    try {
      for (let at = 0; at < bytes.length;) {
        const count = await file.read(bytes.subarray(at), bytes.length - at, at);
        if (count === 0) break;
        at += count;
      }
    } finally {
      await file.close();
    }
    return { hash: crypto.sha256(bytes).toHex(), bytes };
  }

  #path(hash: string): string {
    return `${this.#settings.folder}/${hash}.js`;
  }
}
