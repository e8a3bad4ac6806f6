/**
 * Tells when files change, as editors change them: in place, or by a new file that takes the name.
 *
 * Owns: a watcher for each folder that holds one, and a slow look at the files for what watchers
 * miss: network disks, folders that are full of watchers, a change just before one began.
 */
import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { basename, dirname, extname, join, relative, sep } from "node:path";

/** Between the last of several changes and being told: an editor writes more than once. */
const QUIET_MS = 30;
/** How long changes that do not end hold it up. */
const QUIET_MS_MAX = 200;
const LOOK_MS = 1_000;
/** Folders below that of the app that are watched for files which do not exist yet. */
const FOLDERS_MAX = 200;
const CODE = new Set([".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"]);

export class FileWatch implements Disposable {
  readonly #folder: string;
  readonly #onChange: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #files: ReadonlySet<string> = new Set();
  #isOpen = false;
  #seen = "";
  #firstAt = 0;
  #timer: Timer | undefined;
  readonly #looks: Timer;

  /** `folder`: of the app. Call `set` to begin. `lookMs`: between two looks at the files. */
  constructor(folder: string, onChange: () => void, lookMs = LOOK_MS) {
    this.#folder = folder;
    this.#onChange = onChange;
    this.#looks = setInterval(() => this.#look(), lookMs);
  }

  /**
   * Watches these files from now on; what changed since the last call is told, if it was not.
   * `isOpen`: also any code in the app's folder, since a file that is missing may come.
   */
  set(files: readonly string[], isOpen: boolean): void {
    this.#files = new Set(files.filter((file) => !isIgnored(this.#folder, file)));
    this.#isOpen = isOpen;
    const folders = new Set([this.#folder, ...[...this.#files].map((file) => dirname(file))]);
    if (isOpen) for (const folder of foldersBelow(this.#folder)) folders.add(folder);
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) this.#open(folder);
    this.#seen = this.#signature();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#looks);
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #open(folder: string): void {
    if (this.#watchers.has(folder)) return;
    try {
      const watcher = watch(folder, (_event, name) => {
        if (name !== null) this.#changed(join(folder, name));
      });
      watcher.on("error", () => this.#close(folder));
      this.#watchers.set(folder, watcher);
    } catch {
      // Looking at the files each second still finds what changes.
    }
  }

  #close(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }

  #changed(path: string): void {
    const isOurs =
      this.#files.has(path) || (this.#isOpen && isCode(path) && !isIgnored(this.#folder, path));
    if (isOurs) this.#tellSoon();
  }

  #look(): void {
    const signature = this.#signature();
    if (signature === this.#seen) return;
    this.#seen = signature;
    this.#tellSoon();
  }

  #tellSoon(): void {
    const now = performance.now();
    if (this.#timer === undefined) this.#firstAt = now;
    clearTimeout(this.#timer);
    const left = this.#firstAt + QUIET_MS_MAX - now;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#seen = this.#signature();
        this.#onChange();
      },
      Math.max(0, Math.min(QUIET_MS, left)),
    );
  }

  /** Differs when a file does. */
  #signature(): string {
    return [...this.#files]
      .map((file) => {
        const found = statSync(file, { throwIfNoEntry: false });
        return found === undefined ? "-" : `${found.mtimeMs}/${found.size}/${found.ino}`;
      })
      .join(" ");
  }
}

/** What is not the app's: packages, our own data, hidden files. */
function isIgnored(folder: string, path: string): boolean {
  if (path.includes(`${sep}node_modules${sep}`)) return true;
  const inside = relative(folder, path).split(sep);
  return inside.some((part) => part.startsWith(".") && part !== "..");
}

/** A folder without a dot in its name may be one that was made just now. */
function isCode(path: string): boolean {
  const extension = extname(path);
  return extension === "" || CODE.has(extension);
}

function foldersBelow(folder: string): readonly string[] {
  const found = [folder];
  for (let i = 0; i < found.length && found.length < FOLDERS_MAX; i++) {
    for (const entry of entriesOf(found[i]!)) {
      const isOurs = !entry.name.startsWith(".") && basename(entry.name) !== "node_modules";
      if (entry.isDirectory() && isOurs) found.push(join(found[i]!, entry.name));
    }
  }
  return found.slice(0, FOLDERS_MAX);
}

function entriesOf(folder: string): ReturnType<typeof readEntries> {
  try {
    return readEntries(folder);
  } catch {
    // Gone meanwhile, or not ours to read: nothing in it is the app's.
    return [];
  }
}

function readEntries(folder: string) {
  return readdirSync(folder, { withFileTypes: true });
}
