/** Which names blobs and logs may have (pure): no name leads out of the store that it is in. */
import { userError } from "../base/errors.ts";
import { BLOB_NAME_MAX } from "../model/limits.ts";

/** A point at the start is for the temporary files of a folder, and keeps `..` out. */
const SEGMENT = /^(?!\.)[A-Za-z0-9._-]{1,200}$/;
const PREFIX = /^[A-Za-z0-9._/-]*$/;

/** @throws {WallarooError} `bad_name` when it is not what `ports/blob-store` asks for */
export function checkBlobName(name: string): void {
  if (!isBlobName(name)) throw badName(name);
}

export function isBlobName(name: string): boolean {
  return name.length <= BLOB_NAME_MAX && name.split("/").every(isSegment);
}

/** The start of names: any of them, also one that ends inside a segment. */
export function checkBlobPrefix(prefix: string): void {
  const folders = prefix.split("/").slice(0, -1);
  const isGood = prefix.length <= BLOB_NAME_MAX && PREFIX.test(prefix) && folders.every(isSegment);
  if (!isGood) throw badName(prefix);
}

/** For lists, which are sorted by name. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function isSegment(segment: string): boolean {
  return SEGMENT.test(segment);
}

function badName(name: string): Error {
  const shown = JSON.stringify(name.slice(0, BLOB_NAME_MAX));
  return userError(
    "bad_name",
    `${shown} is no name of a blob: segments of [A-Za-z0-9._-] that do not begin with a point, ` +
      `joined by "/", ${BLOB_NAME_MAX} characters at most`,
  );
}
