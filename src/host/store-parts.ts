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

/** @throws {WallarooError} `bad_store`, what the store says */
export async function openStoreParts(url: string): Promise<StoreParts> {
  const [disk, crypto] = [systemDisk(), systemCrypto()];
  return { disk, crypto, store: await openStore(url, { disk, crypto }) };
}
