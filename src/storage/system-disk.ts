/** The real disk, over the file system of the process. */
import type { Stats } from "node:fs";
import * as fs from "node:fs/promises";
import { resolve } from "node:path";
import { externalError, messageOf, type WallarooError } from "../base/errors.ts";
import { systemCause, systemCode } from "../base/system-why.ts";
import type { Disk, DiskFile, FileStat, OpenMode } from "../ports/disk.ts";

/** To open a pipe that nobody writes into would wait for ever, without a word. */
const READ = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK;
const FLAGS: Readonly<Record<OpenMode, string | number>> = {
  read: READ,
  append: "a",
  create: "w",
  update: "r+",
};

/** The real Disk. Relative paths are found from the folder that the process was started in. */
export function systemDisk(): Disk {
  return {
    absolute: (path) => resolve(path),
    open: (path, mode) =>
      attempt("open", path, async () => new SystemFile(path, await fs.open(path, FLAGS[mode]))),
    stat: (path) => attempt("look at", path, () => statOrNothing(path)),
    list: (path) => attempt("list", path, async () => (await fs.readdir(path)).sort(byCodeUnits)),
    rename: (from, to) => attempt("rename", `${from} to ${to}`, () => fs.rename(from, to)),
    link: (from, to) => attempt("link", `${from} to ${to}`, () => linkOrTaken(from, to)),
    remove: (path) => attempt("remove", path, () => fs.rm(path, { force: true })),
    makeFolder: (path) =>
      attempt("make folder", path, async () => {
        await fs.mkdir(path, { recursive: true });
      }),
    syncFolder: (path) =>
      attempt("sync folder", path, async () => {
        const folder = await fs.open(path, "r");
        try {
          await folder.sync();
        } finally {
          await folder.close();
        }
      }),
  };
}

class SystemFile implements DiskFile {
  readonly #path: string;
  readonly #file: fs.FileHandle;

  constructor(path: string, file: fs.FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  read(into: Uint8Array, length: number, position: number): Promise<number> {
    return attempt("read", this.#path, async () => {
      return (await this.#file.read(into, 0, length, position)).bytesRead;
    });
  }

  write(bytes: Uint8Array, start: number, end: number, at?: number): Promise<void> {
    return attempt("write to", this.#path, async () => {
      // The system may take only a part.
      for (let from = start; from < end;) {
        const place = at === undefined ? null : at + from - start;
        from += (await this.#file.write(bytes, from, end - from, place)).bytesWritten;
      }
    });
  }

  sync(): Promise<void> {
    // With the size, and without the times: those cost a write of the journal more.
    return attempt("sync", this.#path, () => this.#file.datasync());
  }

  stat(): Promise<FileStat> {
    return attempt("look at", this.#path, async () => fileStat(await this.#file.stat()));
  }

  truncate(size: number): Promise<void> {
    return attempt("truncate", this.#path, () => this.#file.truncate(size));
  }

  close(): Promise<void> {
    return attempt("close", this.#path, () => this.#file.close());
  }
}

async function linkOrTaken(from: string, to: string): Promise<"ok" | "taken"> {
  try {
    await fs.link(from, to);
    return "ok";
  } catch (error) {
    if (systemCode(error) === "EEXIST") return "taken";
    throw error;
  }
}

async function statOrNothing(path: string): Promise<FileStat | undefined> {
  try {
    return fileStat(await fs.stat(path));
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

function fileStat(stats: Stats): FileStat {
  return {
    size: stats.size,
    modifiedMs: stats.mtimeMs,
    isDirectory: stats.isDirectory(),
    inode: stats.ino,
  };
}

async function attempt<R>(action: string, path: string, call: () => Promise<R>): Promise<R> {
  try {
    return await call();
  } catch (error) {
    throw diskError(action, path, error);
  }
}

/** What the system says of a path, in our words. */
export function diskError(action: string, path: string, error: unknown): WallarooError {
  const { code, why } = systemCause(systemCode(error)) ?? { code: "disk", why: messageOf(error) };
  return externalError(code, `cannot ${action} ${path}: ${why}`, error);
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
