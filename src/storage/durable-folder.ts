import type { Disk } from "../ports/disk.ts";

/** Makes a folder and those above it up to `root`, which is inside `folder`'s path, with their
 *  names durable: a file is lost with the name of its folder. */
export async function makeDurable(disk: Disk, folder: string, root: string): Promise<void> {
  await disk.makeFolder(folder);
  for (let at = folder; at.length > root.length;) {
    at = at.slice(0, at.lastIndexOf("/"));
    await disk.syncFolder(at);
  }
}
