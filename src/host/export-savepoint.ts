/**
 * Writes a savepoint as one ZIP, which another cluster can begin from.
 *
 * X1. The file has its name when it is whole and durable; every file in it was compared with the
 *     hash of the manifest on the way.
 */
import { dirname } from "node:path";
import { Zip, ZipPassThrough } from "fflate";
import { externalError, messageOf, userError } from "../base/errors.ts";
import { encodeSavepoint, Savepoints } from "../coordinator/savepoints.ts";
import type { FileRef, Manifest } from "../model/checkpoint.ts";
import { filesOf } from "../model/checkpoint-files.ts";
import { EXPORT_BYTES_MAX, EXPORT_FILES_MAX } from "../model/limits.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Disk, DiskFile } from "../ports/disk.ts";
import type { StoreParts } from "./store-parts.ts";
import { ABOUT_ENTRY, aboutText, FILES_FOLDER, MANIFEST_ENTRY } from "./savepoint-file.ts";

const PIECE_BYTES = 1024 * 1024;
/** The first time that a ZIP can tell. */
const ZIP_TIME_MIN = Date.UTC(1980, 0, 2);

export interface ExportWanted {
  /** The job's whole name in the store. */
  readonly lineage: string;
  readonly savepoint: string;
  /** Where the file is to be. Absolute. */
  readonly path: string;
}

export interface Exported {
  readonly files: number;
  /** Of the ZIP. */
  readonly bytes: number;
}

/** Whether a file can be made there, before anything is done for it.
 *  @throws {WallarooError} `file_exists`, `no_target` */
export async function checkTarget(disk: Disk, path: string): Promise<void> {
  if ((await disk.stat(path)) !== undefined) {
    throw userError("file_exists", `there is a file ${path} already: name another, or remove it`);
  }
  const temporary = `${path}.tmp`;
  try {
    await (await disk.open(temporary, "create")).close();
  } catch (error) {
    const why = (await disk.stat(dirname(path)))?.isDirectory
      ? messageOf(error)
      : `there is no folder ${dirname(path)}`;
    throw userError(
      "no_target",
      `${path} cannot be written: ${why}; no savepoint was taken`,
      error,
    );
  }
  await disk.remove(temporary);
}

/** @throws {WallarooError} `file_exists`, `no_checkpoint`, `too_large`, `damaged`, what store and
 *  disk say */
export async function exportSavepoint(
  { store, disk, crypto }: StoreParts,
  { lineage, savepoint, path }: ExportWanted,
): Promise<Exported> {
  if ((await disk.stat(path)) !== undefined) {
    throw userError("file_exists", `there is a file ${path} already: name another, or remove it`);
  }
  const found = await new Savepoints(store.blobs, crypto, `jobs/${lineage}`).get(savepoint);
  if (found === undefined) {
    throw externalError(
      "no_checkpoint",
      `savepoint ${savepoint} of ${lineage} is not in ${store.url} as this machine sees it: the ` +
        "files are read by this command itself, so run it where that store can be reached",
    );
  }
  checkSize(found, `${lineage}/${savepoint}`);
  const temporary = `${path}.tmp`;
  const file = await disk.open(temporary, "create");
  try {
    const writer = new ZipFile(file, found.at);
    const text = new TextEncoder();
    await writer.add(ABOUT_ENTRY, [text.encode(aboutText(lineage, savepoint, found))]);
    await writer.add(MANIFEST_ENTRY, [encodeSavepoint(found, crypto)]);
    const files = filesOf(found);
    for (const one of files) {
      await writer.add(`${FILES_FOLDER}${one.name}`, piecesOf(store.blobs, crypto, one));
    }
    const bytes = await writer.end();
    await file.sync();
    await file.close();
    await disk.rename(temporary, path); // X1
    await disk.syncFolder(path.slice(0, path.lastIndexOf("/")) || "/");
    return { files: files.length, bytes };
  } catch (error) {
    await file.close().catch(() => undefined);
    await disk.remove(temporary).catch(() => undefined);
    throw error;
  }
}

function checkSize(manifest: Manifest, what: string): void {
  const files = filesOf(manifest);
  const bytes = files.reduce((total, { size }) => total + size, 0);
  if (bytes <= EXPORT_BYTES_MAX && files.length <= EXPORT_FILES_MAX) return;
  throw externalError(
    "too_large",
    `savepoint ${what} has ${files.length} files of ${bytes} bytes, and a ZIP takes ` +
      `${EXPORT_FILES_MAX} of ${EXPORT_BYTES_MAX}: copy its store instead, and use that`,
  );
}

/** The bytes of a file of the store, compared with its hash. */
async function* piecesOf(
  blobs: BlobStore,
  crypto: Crypto,
  { name, size, sha256 }: FileRef,
): AsyncGenerator<Uint8Array> {
  const hash = crypto.hasher();
  for (let at = 0; at < size;) {
    const piece = await blobs.read(name, at, Math.min(size, at + PIECE_BYTES));
    if (piece.length === 0) break;
    at += piece.length;
    hash.update(piece);
    yield piece;
  }
  if (hash.digest().toHex() === sha256) return;
  throw externalError(
    "damaged",
    `${name} is damaged: its bytes have another hash, so that nothing was exported; keep another ` +
      "savepoint, and export that",
  );
}

/** A ZIP that is written piece by piece: what is given to it is on its way to the disk. */
class ZipFile {
  readonly #file: DiskFile;
  readonly #mtime: number;
  readonly #zip: Zip;
  #pieces: Uint8Array[] = [];
  #failed: unknown;
  #bytes = 0;

  constructor(file: DiskFile, at: number) {
    this.#file = file;
    this.#mtime = Math.max(at, ZIP_TIME_MIN);
    this.#zip = new Zip((error, bytes) => {
      if (error !== null) this.#failed ??= error;
      else this.#pieces.push(bytes);
    });
  }

  async add(name: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    // Stored: files of checkpoints are compressed already.
    const entry = new ZipPassThrough(name);
    entry.mtime = this.#mtime;
    this.#zip.add(entry);
    for await (const piece of pieces) {
      entry.push(piece);
      await this.#flush();
    }
    entry.push(new Uint8Array(0), true);
    await this.#flush();
  }

  /** Returns its size. */
  async end(): Promise<number> {
    this.#zip.end();
    await this.#flush();
    return this.#bytes;
  }

  async #flush(): Promise<void> {
    if (this.#failed !== undefined) {
      throw externalError("bad_zip", `the ZIP cannot be written: ${messageOf(this.#failed)}`);
    }
    for (const bytes of this.#pieces.splice(0)) {
      await this.#file.write(bytes, 0, bytes.length);
      this.#bytes += bytes.length;
    }
  }
}
