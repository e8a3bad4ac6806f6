/** Opens the store that a URL names. */
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { userError } from "../base/errors.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Disk } from "../ports/disk.ts";
import type { Store } from "../ports/store.ts";
import { FileStore } from "../storage/file-store.ts";

export interface StorePorts {
  readonly disk: Disk;
  readonly crypto: Crypto;
}

/** @throws {WallarooError} `bad_store` when the URL names none, or what its engine says */
export async function openStore(url: string, ports: StorePorts): Promise<Store> {
  if (!url.startsWith("file://")) {
    throw userError("bad_store", `${url} names no store: give file:///absolute/folder`);
  }
  const folder = folderOf(url);
  return new FileStore({ folder, ...ports });
}

function folderOf(url: string): string {
  try {
    const path = fileURLToPath(url);
    if (isAbsolute(path)) return path.replace(/\/+$/, "") || "/";
  } catch {
    // Not a URL of a file on this machine.
  }
  throw userError("bad_store", `${url} names no folder: give file:///absolute/folder`);
}

/** Opens each store once. */
export function storeOpener(ports: StorePorts): (url: string) => Promise<Store> {
  const open = new Map<string, Promise<Store>>();
  return (url) => {
    const known = open.get(url);
    if (known !== undefined) return known;
    const opening = openStore(url, ports);
    open.set(url, opening);
    opening.catch(() => open.delete(url));
    return opening;
  };
}
