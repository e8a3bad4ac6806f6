/**
 * Reads a file of a checkpoint back, and compares it with what its manifest says.
 *
 * A store that does not answer says nothing of its files.
 */
import { messageOf, WallarooError } from "../base/errors.ts";
import type { FileRef } from "../model/checkpoint.ts";
import { VERIFY_PIECE_BYTES } from "../model/limits.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Crypto } from "../ports/crypto.ts";

/** What a try has to say of a file. */
export type Verdict = "good" | { readonly why: string; readonly isDamage: boolean };

export interface ReadBackPorts {
  readonly blobs: BlobStore;
  readonly crypto: Crypto;
}

/** `rest`: waits behind a piece of so many bytes; false: it is not read on, and is good. */
export async function readBack(
  { blobs, crypto }: ReadBackPorts,
  { name, size, sha256 }: FileRef,
  rest: (bytes: number) => Promise<boolean>,
): Promise<Verdict> {
  try {
    const found = await blobs.stat(name);
    if (found === undefined) return { why: "it is not there", isDamage: true };
    if (found.size !== size) {
      return { why: `it has ${found.size} bytes instead of ${size}`, isDamage: true };
    }
    const hash = crypto.hasher();
    for (let at = 0; at < size; at += VERIFY_PIECE_BYTES) {
      const piece = await blobs.read(name, at, Math.min(size, at + VERIFY_PIECE_BYTES));
      hash.update(piece);
      if (!(await rest(piece.length))) return "good";
    }
    if (hash.digest().toHex() === sha256) return "good";
    return { why: "its bytes have another hash", isDamage: true };
  } catch (error) {
    if (!(error instanceof WallarooError)) throw error;
    // What a disk cannot read is damaged; a store that is away is not.
    return { why: messageOf(error), isDamage: error.code === "disk" };
  }
}
