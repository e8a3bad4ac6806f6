/**
 * Brings a savepoint that is one ZIP into a store, of this cluster or another, under the names that
 * it had: so it is kept there like one that was made there.
 *
 * M1. The savepoint is there when all its files are: it is written last.
 * M2. A file has its name in the store only after its bytes had the hash that the manifest says.
 * M3. When that is done its files are looked for once more: nobody took them for left over
 *     meanwhile.
 * M4. No file of the store is replaced by other bytes, whatever a ZIP says.
 */
import { externalError } from "../base/errors.ts";
import { encodeSavepoint, Savepoints } from "../coordinator/savepoints.ts";
import type { FileRef, Manifest } from "../model/checkpoint.ts";
import { filesOf } from "../model/checkpoint-files.ts";
import { FILES_FOLDER, isSegmentName, notASavepoint } from "./savepoint-file.ts";
import { damagedFile, entryOf, readHead } from "./savepoint-head.ts";
import type { StoreParts } from "./store-parts.ts";
import { type ZipEntry, ZipReader } from "./zip-reader.ts";

const PIECE_BYTES = 1024 * 1024;

/** A savepoint that is in the store now. */
export interface Imported {
  readonly lineage: string;
  readonly savepoint: string;
  readonly manifest: Manifest;
}

/** `path`: absolute.
 *  @throws {WallarooError} `bad_zip`, `not_a_savepoint`, `newer_version`, `damaged`,
 *  `foreign_file`, what store and disk say */
export async function importSavepoint(parts: StoreParts, path: string): Promise<Imported> {
  const file = await parts.disk.open(path, "read");
  try {
    const zip = await ZipReader.open(file, path);
    return await new SavepointImport(parts, zip, path).run();
  } finally {
    await file.close();
  }
}

class SavepointImport {
  readonly #parts: StoreParts;
  readonly #zip: ZipReader;
  readonly #path: string;

  constructor(parts: StoreParts, zip: ZipReader, path: string) {
    this.#parts = parts;
    this.#zip = zip;
    this.#path = path;
  }

  async run(): Promise<Imported> {
    const { store, crypto } = this.#parts;
    const { lineage, savepoint, manifest, bytes } = await readHead(this.#zip, this.#path, crypto);
    const files = filesOf(manifest);
    // All is looked at before anything is written.
    const found = files.map((one) => [one, this.#entryOf(one)] as const);
    for (const [one, entry] of found) await this.#place(one, entry);
    const kept = new Savepoints(store.blobs, crypto, `jobs/${lineage}`);
    const before = await kept.get(savepoint);
    if (before !== undefined && !crypto.equal(encodeSavepoint(before, crypto), bytes)) {
      throw this.#foreign(`savepoint ${savepoint} of ${lineage}`); // M4
    }
    await kept.keep(manifest); // M1
    for (const { name } of files) {
      if ((await store.blobs.stat(name)) === undefined) throw this.#gone(name); // M3
    }
    return { lineage, savepoint, manifest };
  }

  #entryOf({ name, size }: FileRef): ZipEntry {
    if (!isSegmentName(name)) {
      throw notASavepoint(this.#path, `it names ${JSON.stringify(name.slice(0, 200))} as a file`);
    }
    const entry = entryOf(this.#zip, `${FILES_FOLDER}${name}`, this.#path);
    if (entry.size === size) return entry;
    throw damagedFile(this.#path, `${name} has ${entry.size} bytes instead of ${size}`);
  }

  async #place(file: FileRef, entry: ZipEntry): Promise<void> {
    const { store, crypto } = this.#parts;
    const { name, sha256 } = file;
    if ((await store.blobs.stat(name)) !== undefined && !(await this.#isThere(file))) {
      throw this.#foreign(name); // M4
    }
    const hash = crypto.hasher();
    // One that is there is written again, the same bytes: so it is no old file that nobody names.
    const writer = await store.blobs.create(name);
    try {
      await this.#zip.read(entry, async (bytes) => {
        hash.update(bytes);
        await writer.write(bytes, 0, bytes.length);
      });
      if (hash.digest().toHex() !== sha256)
        throw damagedFile(this.#path, `${name} has another hash`); // M2
      await writer.finish();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }

  async #isThere({ name, size, sha256 }: FileRef): Promise<boolean> {
    const { store, crypto } = this.#parts;
    const hash = crypto.hasher();
    if ((await store.blobs.stat(name))?.size !== size) return false;
    for (let at = 0; at < size; at += PIECE_BYTES) {
      hash.update(await store.blobs.read(name, at, Math.min(size, at + PIECE_BYTES)));
    }
    return hash.digest().toHex() === sha256;
  }

  #gone(name: string): Error {
    const { url } = this.#parts.store;
    return externalError(
      "file_missing",
      `${name} was brought into ${url}, and is not there any more: do it again`,
    );
  }

  #foreign(what: string): Error {
    return externalError(
      "foreign_file",
      `${this.#path} cannot be used: the store ${this.#parts.store.url} has another ${what} ` +
        "already; is one of them damaged? `wallaroo checkpoint verify` tells",
    );
  }
}
