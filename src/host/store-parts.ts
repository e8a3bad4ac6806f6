/** A store, and the disk of this machine: for commands that move something between them. */
import type { Crypto } from "../ports/crypto.ts";
import type { Disk } from "../ports/disk.ts";
import type { Store } from "../ports/store.ts";
import { systemDisk } from "../storage/system-disk.ts";
import { openStore } from "./open-store.ts";
import { systemCrypto } from "./system-crypto.ts";

export interface StoreParts {
  readonly store: Store;
  readonly disk: Disk;
  readonly crypto: Crypto;
}

/** Those that need no store. */
export function ownParts(): Omit<StoreParts, "store"> {
  return { disk: systemDisk(), crypto: systemCrypto() };
}

/** @throws {WallarooError} `bad_store`, what the store says */
export async function openStoreParts(url: string): Promise<StoreParts> {
  const own = ownParts();
  return { ...own, store: await openStore(url, own) };
}
