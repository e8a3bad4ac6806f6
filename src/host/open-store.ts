/** Opens the store that a URL names. */
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { externalError, messageOf, userError, WallarooError } from "../base/errors.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Disk } from "../ports/disk.ts";
import type { Logger } from "../ports/logger.ts";
import type { Store } from "../ports/store.ts";
import { FileStore } from "../storage/file-store.ts";
import { openRemoteStore, type RemotePorts } from "./remote-store.ts";
import { systemRemote } from "./system-remote.ts";

export interface StorePorts {
  readonly disk: Disk;
  readonly crypto: Crypto;
  /** For warnings, such as of a server that promises less than is wanted. */
  readonly log?: Logger;
  /** What stores on other machines need; by default those of the system. */
  readonly remote?: RemotePorts;
}

/** @throws {WallarooError} `bad_store` when the URL names none, or what its engine says */
export async function openStore(url: string, ports: StorePorts): Promise<Store> {
  const { disk, crypto } = ports;
  if (!url.startsWith("file://")) {
    const remote = ports.remote ?? systemRemote(ports.log);
    const openOther = async (other: string): Promise<Store> => await openStore(other, ports);
    return await openRemoteStore(url, { crypto, remote, openOther });
  }
  return new FileStore({ folder: folderOf(url), disk, crypto });
}

/** Opens a store that is going to be written: what keeps a folder from being one shows now, and not
 *  at the first checkpoint. @throws {WallarooError} `bad_store`, what its engine says */
export async function openOwnStore(url: string, ports: StorePorts): Promise<Store> {
  if (url.startsWith("file://")) await tryFolder(folderOf(url), ports);
  try {
    return await openStore(url, ports);
  } catch (error) {
    if (!(error instanceof WallarooError) || error.code !== "store_unavailable") throw error;
    // Nothing was begun: whoever supervises this process can do it again.
    const text = `${error.message}; start the coordinator again when its store is there`;
    throw externalError("store_unavailable", text, error);
  }
}

async function tryFolder(folder: string, { disk, crypto }: StorePorts): Promise<void> {
  const name = `${folder}/.tried-${Buffer.from(crypto.secret(4)).toString("hex")}`;
  try {
    await disk.makeFolder(folder);
    const file = await disk.open(name, "create");
    await file.close();
    await disk.remove(name);
  } catch (error) {
    const text = `the store ${folder} cannot be written, name another with --store`;
    throw externalError("bad_store", `${text}: ${messageOf(error)}`, error);
  }
}

/** @throws {WallarooError} `bad_store` */
export function folderOf(url: string): string {
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
