import { externalError, WallarooError } from "../base/errors.ts";
import type { Disk, DiskFile } from "../ports/disk.ts";

/** Makes a folder and those above it up to `root`, which is inside `folder`'s path, with their
 *  names durable: a file is lost with the name of its folder. */
export async function makeDurable(disk: Disk, folder: string, root: string): Promise<void> {
  await disk.makeFolder(folder);
  for (let at = folder; at.length > root.length;) {
    at = at.slice(0, at.lastIndexOf("/"));
    await disk.syncFolder(at);
  }
}

/** A new file in a folder that was there before. @throws {WallarooError} `folder_gone`, `disk` */
export async function createInside(disk: Disk, folder: string, path: string): Promise<DiskFile> {
  try {
    return await disk.open(path, "create");
  } catch (error) {
    if (!(error instanceof WallarooError) || error.code !== "not_found") throw error;
    throw externalError(
      "folder_gone",
      `the folder ${folder} was there and is gone: was it moved or wiped, or is its disk not ` +
        "mounted? Put it back as it was",
      error,
    );
  }
}
