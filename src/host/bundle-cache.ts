/** The folder of bundles: this user's alone, since what lies in it is run; the newest are kept. */
import { chmod, lstat, mkdir, readdir, stat, unlink } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { externalError } from "../base/errors.ts";
import { whyOf } from "../base/system-why.ts";

/** Old versions of apps are of no use; a few let several jobs start at once. */
const BUNDLES_MAX = 20;
/** Younger files may be another process's that is about to use them. */
const YOUNG_MS = 60_000;
const OURS = /^(?:[0-9a-f]{64}\.js|watch-\d+-\d+\.js|asset-\w+\.\w+)(?:\.\d+\.tmp)?$/;

/** Makes the folder when absent, and removes old bundles. @throws {WallarooError} `cache_folder` */
export async function openCache(folder: string | undefined, cwd: string): Promise<string> {
  const path = folder === undefined ? ofUser() : resolve(cwd, folder);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    if (folder === undefined) await checkOwner(path);
    await prune(path);
  } catch (error) {
    throw externalError(
      "cache_folder",
      `the folder ${path} cannot keep the bundles of apps: ${whyOf(error)}. ` +
        "Free or permit it, or name another with --data DIR",
      error,
    );
  }
  return path;
}

function ofUser(): string {
  return join(tmpdir(), `wallaroo-${process.getuid?.() ?? userInfo().username}`);
}

/** The temporary folder is everybody's: one whom the folder belongs to could change what we run. */
async function checkOwner(path: string): Promise<void> {
  const found = await lstat(path);
  if (!found.isDirectory()) throw new Error("it is no folder");
  const uid = process.getuid?.();
  if (uid !== undefined && found.uid !== uid) throw new Error(`it belongs to user ${found.uid}`);
  if ((found.mode & 0o022) !== 0) await chmod(path, 0o700);
}

async function prune(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => OURS.test(name));
  if (names.length <= BUNDLES_MAX) return;
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      // Another process may have removed it meanwhile.
      const found = await stat(path).catch(() => undefined);
      return { path, modified: found?.mtimeMs ?? 0 };
    }),
  );
  const old = files.sort((a, b) => b.modified - a.modified).slice(BUNDLES_MAX);
  const before = Date.now() - YOUNG_MS;
  for (const { path, modified } of old) {
    if (modified < before) await unlink(path).catch(() => undefined);
  }
}
