/**
 * The kit: types for editors, the doors as JavaScript for tests, types of the runtime. It comes out
 * of the executable, so it always fits: into a cache for our own tools, and beside an app for
 * editors.
 */
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync, type Stats } from "node:fs";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { externalError, userError } from "../base/errors.ts";
import { whyOf } from "../base/system-why.ts";
import { openCache } from "./bundle-cache.ts";
import { KIT_FILE } from "./kit-file.ts";

/** Its presence says that a folder is ours to replace; it holds the kit's name. */
const MARK = ".kit";
/** Kits of other executables that are kept: they may be at work. */
const KITS_MAX = 3;

interface Kit {
  /** Changes with its content. */
  readonly id: string;
  readonly files: Readonly<Record<string, string>>;
}

/** A kit on disk, for tools: `folder` is the package. */
export interface UnpackedKit {
  readonly folder: string;
  readonly id: string;
}

/** Other places than those of the executable, for tests. */
export interface KitPlaces {
  readonly kitFile?: string;
  readonly cacheFolder?: string;
}

/** The kit in the cache, unpacked when it is not there yet. @throws {WallarooError} */
export async function cachedKit(cwd: string, from: KitPlaces = {}): Promise<UnpackedKit> {
  const kit = await readKit(from.kitFile ?? KIT_FILE);
  const cache = await openCache(from.cacheFolder, cwd);
  const root = join(cache, `kit-${kit.id}`);
  const folder = join(root, "node_modules", "wallaroo");
  try {
    // One by one: what cleans temporary folders may have taken some.
    const missing = Object.keys(kit.files).filter((path) => !existsSync(join(folder, path)));
    for (const path of missing) await writeWhole(join(folder, path), kit.files[path]!);
    if (missing.length > 0) await dropOldKits(cache, root);
  } catch (error) {
    const why = `the folder ${cache} cannot keep the types and tests' modules: ${whyOf(error)}`;
    throw externalError("cache_folder", why, error);
  }
  return { folder, id: kit.id };
}

/** Puts the kit into `node_modules` of a project. Returns whether one of ours was replaced.
 *  @throws {WallarooError} `not_ours`, `cannot_write` */
export async function installKit(project: string, kitFile = KIT_FILE): Promise<boolean> {
  const kit = await readKit(kitFile);
  const folder = join(project, "node_modules", "wallaroo");
  const found = entryOf(folder);
  if (found !== undefined && installedKit(project) === undefined) {
    throw userError(
      "not_ours",
      `${folder} was not written by wallaroo, so it stays as it is: remove it, then try again`,
    );
  }
  const fresh = `${folder}.${process.pid}.tmp`;
  try {
    await rm(fresh, { recursive: true, force: true });
    for (const [path, text] of Object.entries(kit.files)) {
      await mkdir(dirname(join(fresh, path)), { recursive: true });
      await writeFile(join(fresh, path), text);
    }
    await writeFile(join(fresh, MARK), kit.id);
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw externalError("cannot_write", `${folder}: ${whyOf(error)}`, error);
  }
  return found !== undefined;
}

/** Undefined where there is nothing. @throws {WallarooError} `no_access` */
function entryOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw externalError("no_access", `${path} cannot be looked at: ${whyOf(error)}`, error);
  }
}

/** The name of the kit of ours that is in `node_modules` of a project; undefined without one. */
export function installedKit(project: string): string | undefined {
  const folder = join(project, "node_modules", "wallaroo");
  if (entryOf(folder)?.isDirectory() !== true) return undefined;
  const mark = join(folder, MARK);
  return existsSync(mark) ? readFileSync(mark, "utf8") : undefined;
}

/** @throws {WallarooError} `no_kit` */
async function readKit(path: string | undefined): Promise<Kit> {
  if (path === undefined) {
    throw userError(
      "no_kit",
      "types and modules for tests are inside the executable, and this is not it: " +
        "npm run build makes dist/wallaroo",
    );
  }
  const packed = await Bun.file(path).bytes();
  const id = createHash("sha256").update(packed).digest("hex").slice(0, 16);
  const text = new TextDecoder().decode(await Bun.zstdDecompress(packed));
  // Packed by build-kit.ts from the same sources.
  return { id, files: JSON.parse(text) as Kit["files"] };
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(temporary, text);
  await rename(temporary, path);
}

async function dropOldKits(cache: string, own: string): Promise<void> {
  const names = (await readdir(cache)).filter((name) => /^kit-[0-9a-f]{16}$/.test(name));
  const others = names.map((name) => join(cache, name)).filter((path) => path !== own);
  const dated = await Promise.all(
    others.map(async (path) => ({ path, modified: (await stat(path)).mtimeMs })),
  );
  const old = dated.sort((a, b) => b.modified - a.modified).slice(KITS_MAX - 1);
  for (const { path } of old) await rm(path, { recursive: true, force: true });
}
