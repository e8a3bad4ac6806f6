/** What a savepoint that is one ZIP is of: its name and its manifest, without its files. */
import { externalError } from "../base/errors.ts";
import { decodeSavepoint } from "../coordinator/savepoints.ts";
import type { Manifest } from "../model/checkpoint.ts";
import { BLOB_BYTES_MAX } from "../model/limits.ts";
import type { Crypto } from "../ports/crypto.ts";
import { ABOUT_ENTRY, MANIFEST_ENTRY, notASavepoint, readAbout } from "./savepoint-file.ts";
import type { StoreParts } from "./store-parts.ts";
import { type ZipEntry, ZipReader } from "./zip-reader.ts";

export interface SavepointHead {
  /** The job's whole name in the store that it was made in. */
  readonly lineage: string;
  /** `sp-12`. */
  readonly savepoint: string;
  readonly manifest: Manifest;
  /** The manifest as it is kept in a store. */
  readonly bytes: Uint8Array;
}

/** `path`: absolute.
 *  @throws {WallarooError} `bad_zip`, `not_a_savepoint`, `newer_version`, `damaged`, `disk` */
export async function readSavepointFile(
  { disk, crypto }: Pick<StoreParts, "disk" | "crypto">,
  path: string,
): Promise<SavepointHead> {
  const file = await disk.open(path, "read");
  try {
    return await readHead(await ZipReader.open(file, path), path, crypto);
  } finally {
    await file.close();
  }
}

/** `path`: for messages.
 *  @throws {WallarooError} `bad_zip`, `not_a_savepoint`, `newer_version`, `damaged` */
export async function readHead(
  zip: ZipReader,
  path: string,
  crypto: Crypto,
): Promise<SavepointHead> {
  const about = zip.entries.get(ABOUT_ENTRY);
  if (about === undefined) throw notASavepoint(path, `it has no ${ABOUT_ENTRY}`);
  const text = new TextDecoder().decode(await readWhole(zip, about, path, crypto));
  const { lineage, savepoint } = readAbout(text, path);
  const bytes = await readWhole(zip, entryOf(zip, MANIFEST_ENTRY, path), path, crypto);
  const manifest = decodeSavepoint(bytes, `${path}: ${MANIFEST_ENTRY}`, crypto);
  if (savepoint !== `sp-${manifest.epoch}`) {
    throw damagedFile(path, `it says ${savepoint}, and has checkpoint ${manifest.epoch}`);
  }
  return { lineage, savepoint, manifest, bytes };
}

/** @throws {WallarooError} `damaged` when it is not there */
export function entryOf(zip: ZipReader, name: string, path: string): ZipEntry {
  const entry = zip.entries.get(name);
  if (entry === undefined) throw damagedFile(path, `${name} is missing in it`);
  return entry;
}

export function damagedFile(path: string, why: string): Error {
  return externalError("damaged", `${path} is damaged: ${why}; export it anew`);
}

/** An entry that is read whole, with its checksum compared. */
async function readWhole(
  zip: ZipReader,
  entry: ZipEntry,
  path: string,
  crypto: Crypto,
): Promise<Uint8Array> {
  const { name, size, crc32 } = entry;
  if (size > BLOB_BYTES_MAX) {
    throw damagedFile(path, `${name} has ${size} bytes, limit ${BLOB_BYTES_MAX}`);
  }
  const into = new Uint8Array(size);
  let at = 0;
  await zip.read(entry, (bytes) => {
    into.set(bytes, at);
    at += bytes.length;
    return Promise.resolve();
  });
  if (crypto.crc32(into) === crc32) return into;
  throw damagedFile(path, `${name} has another checksum`);
}
