/** Writes the folder of a new app: all of it, or nothing. */
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { externalError, userError } from "../base/errors.ts";
import { systemCode, whyOf } from "../base/system-why.ts";
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
    const code = systemCode(error);
    if (code === "EEXIST") {
      const text = `${folder} exists: choose another name, or another folder with --in DIR`;
      throw userError("exists", text);
    }
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw userError("no_folder", `there is no folder ${parent}: make it, or name another`);
    }
    throw externalError("cannot_write", `${folder} cannot be made: ${whyOf(error)}`, error);
  }
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    await installKit(folder, kitFile);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw externalError("cannot_write", `${folder} is not made: ${whyOf(error)}`, error);
  }
}

export async function hasFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true;
}

/** @throws {WallarooError} `no_folder`, `no_access` */
export async function checkFolder(folder: string): Promise<void> {
  try {
    if ((await stat(folder)).isDirectory()) {
      await readdir(folder);
      return;
    }
  } catch (error) {
    if (systemCode(error) === "ENOENT")
      throw userError("no_folder", `there is no folder ${folder}`);
    throw externalError("no_access", `the folder ${folder} cannot be read: ${whyOf(error)}`, error);
  }
  throw userError("no_folder", `${folder} is a file: name a folder`);
}

const TEST_FILE = /[._](?:test|spec)\.[cm]?[jt]sx?$/;

/** Whether a test runner would find something below a folder. */
export async function hasTests(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true });
  if (entries.some((entry) => !entry.isDirectory() && TEST_FILE.test(entry.name))) return true;
  for (const entry of entries) {
    const isHidden = entry.name === "node_modules" || entry.name.startsWith(".");
    if (!entry.isDirectory() || isHidden) continue;
    if (await hasTests(join(folder, entry.name)).catch(() => false)) return true;
  }
  return false;
}
