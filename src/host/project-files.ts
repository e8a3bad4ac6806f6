/** Writes the folder of a new app: all of it, or nothing. */
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { externalError, messageOf, userError } from "../base/errors.ts";
import { installKit } from "./kit.ts";

/** Makes it with its types. @throws {WallarooError} `exists`, `no_folder`, `cannot_write` */
export async function writeProject(
  folder: string,
  files: Readonly<Record<string, string>>,
  kitFile?: string,
): Promise<void> {
  const parent = dirname(folder);
  try {
    await mkdir(folder);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EEXIST") {
      const text = `${folder} exists: choose another name, or another folder with --in DIR`;
      throw userError("exists", text);
    }
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw userError("no_folder", `there is no folder ${parent}: make it, or name another`);
    }
    throw externalError("cannot_write", `${folder} cannot be made: ${messageOf(error)}`, error);
  }
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    await installKit(folder, kitFile);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw externalError("cannot_write", `${folder} is not made: ${messageOf(error)}`, error);
  }
}

export async function hasFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true;
}

/** @throws {WallarooError} `no_folder` */
export async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  const what = found === undefined ? "there is no folder" : "no folder:";
  throw userError("no_folder", `${what} ${folder}`);
}
