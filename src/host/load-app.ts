/**
 * The one loader of apps. A child process of ourselves bundles the app and tries it, under a
 * deadline; then this process imports the bundle. So an app that hangs, exits or crashes while it
 * is loaded is an error with a place, and what runs is one file named by its hash.
 */
import { closeSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { durationText } from "../base/duration.ts";
import { userError, type WallarooError } from "../base/errors.ts";
import type { App } from "../model/app.ts";
import { APP_LOAD_MS } from "../model/limits.ts";
import type { Pipeline } from "../model/pipeline.ts";
import { openCache } from "./bundle-cache.ts";
import type { Bundled, BundlePhase, BundleReport, BundleRequest } from "./bundle-report.ts";
import { findApp } from "./find-app.ts";
import { BUNDLE_COMMAND, childEnvironment, REPORT_FD, selfCommand } from "./self.ts";
import { buildApp, importApp } from "./try-app.ts";
import { registerVirtualModules, type VirtualModules } from "./virtual-modules.ts";

/** What is kept of a child's own output, to be shown when it crashes. */
const OUTPUT_MAX = 4_000;

export interface LoadOptions {
  /** Folder of apps that are given by name. Default `./apps`. */
  readonly appsFolder?: string;
  readonly cwd?: string;
  /** Options of the app, from `--set name=value`. */
  readonly set?: Readonly<Record<string, string>>;
  /** Where bundles are kept. Default: a folder of this user's in the system's temporary folder. */
  readonly cacheFolder?: string;
  readonly deadlineMs?: number;
  /** Modules besides `wallaroo` that apps may import. */
  readonly modules?: VirtualModules;
  /** Told of the app's files, by absolute paths, also where it does not load. */
  readonly onInputs?: (files: readonly string[]) => void;
  /** Whether the app can be released: all that its modules hold and started. */
  readonly isReleasable?: boolean;
}

export interface LoadedApp {
  readonly app: App;
  readonly pipeline: Pipeline;
  /** Absolute path of the app's own file. */
  readonly file: string;
  /** The folder where bundles are kept. */
  readonly cacheFolder: string;
  readonly bundle: string;
  readonly sha256: string;
  /** What the parts of loading took, in ms; `child` holds `bundle`, `import` and `build`. */
  readonly ms: Readonly<Record<BundlePhase | "child" | "load", number>>;
  /** Closes what the app's modules opened and forgets them, where the app is releasable. */
  release(): void;
}

/** Finds, bundles, tries, imports and builds an app. @throws {WallarooError} for the author */
export async function loadApp(argument: string, options: LoadOptions = {}): Promise<LoadedApp> {
  const { cwd = process.cwd(), appsFolder = "apps", set = {} } = options;
  const begun = performance.now();
  const file = findApp({ argument, appsFolder, cwd });
  const cacheFolder = await openCache(options.cacheFolder, cwd);
  const request = { file, cacheFolder, set };
  const { deadlineMs = APP_LOAD_MS, onInputs = () => undefined } = options;
  const tried = tryInChild(request, deadlineMs, onInputs);
  registerVirtualModules(options.modules);
  // The API is loaded while the child works: this process has nothing else to do.
  const [bundled] = await Promise.all([tried, import("../api/mod.ts")]);
  const isTried = performance.now();
  const { bundle, sha256 } = bundled;
  // A module that is imported plainly stays for ever, with what its top level holds.
  const module = options.isReleasable === true ? releasable() : undefined;
  const release = (): void => module?.release();
  try {
    const app = await importApp(bundle, file, module && ((path) => module.load(path)));
    const pipeline = await buildApp(app, file, set);
    const ms = { ...bundled.ms, child: isTried - begun, load: performance.now() - begun };
    return { app, pipeline, file, cacheFolder, bundle, sha256, ms, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** A module that can be given up, with all that it holds and opened. */
interface Releasable {
  load(bundle: string): Promise<Readonly<Record<string, unknown>>>;
  release(): void;
}

const copiesInUse = new Set<number>();

/**
 * Imports a copy of the bundle under the first name that nobody uses: for each name that was ever
 * imported the runtime keeps something for ever.
 */
function releasable(): Releasable {
  const graph = new Bun.ModuleGraph();
  let copy = 0;
  while (copiesInUse.has(copy)) copy++;
  copiesInUse.add(copy);
  return {
    async load(bundle) {
      const path = join(dirname(bundle), `watch-${process.pid}-${copy}.js`);
      await copyFile(bundle, path);
      return await graph.import(path);
    },
    release() {
      graph.dispose();
      copiesInUse.delete(copy);
    },
  };
}

/** @throws {WallarooError} what the child tells; `app_hangs`, `app_crashes` */
export async function tryInChild(
  request: BundleRequest,
  deadlineMs: number,
  onInputs: (files: readonly string[]) => void,
): Promise<Bundled> {
  const child = Bun.spawn({
    cmd: selfCommand([BUNDLE_COMMAND]),
    env: childEnvironment(),
    stdio: [new TextEncoder().encode(JSON.stringify(request)), "pipe", "pipe", "pipe"],
  });
  // It may be in a loop, where it hears of nothing.
  const kill = (): void => child.kill("SIGKILL");
  process.on("exit", kill);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, deadlineMs);
  const fd = child.stdio[REPORT_FD];
  if (typeof fd !== "number") throw new Error("a child has no descriptor to answer on");
  try {
    const [answer, , errors] = await Promise.all([
      Bun.file(fd).text(),
      lastOf(child.stdout),
      lastOf(child.stderr),
      child.exited,
    ]);
    for (const report of reportsIn(answer)) if (report.type === "inputs") onInputs(report.files);
    return outcome(answer, () =>
      isLate
        ? hangs(request.file, deadlineMs, answer)
        : crashes(request.file, howEnded(child), errors),
    );
  } finally {
    clearTimeout(timer);
    process.off("exit", kill);
    closeSync(fd);
  }
}

function outcome(answer: string, silent: () => Error): Bundled {
  for (const report of reportsIn(answer)) {
    if (report.type === "done") return report;
    if (report.type === "failed") throw userError(report.code, report.message);
  }
  throw silent();
}

function reportsIn(answer: string): readonly BundleReport[] {
  const lines = answer.split("\n").slice(0, -1);
  // Written by `bundle-child.ts` of this same program.
  return lines.map((line) => JSON.parse(line) as BundleReport);
}

const DOING: Readonly<Record<BundlePhase, string>> = {
  bundle: "while its files were bundled: a file or package that it imports may be endless",
  import:
    "while it was imported: look for a loop without end, or an await that waits for ever, at the " +
    "top level of its files",
  build: "while its graph was built: look for a loop without end in the function given to app()",
};

function lastPhase(answer: string): BundlePhase {
  let last: BundlePhase = "bundle";
  for (const report of reportsIn(answer)) if (report.type === "phase") last = report.phase;
  return last;
}

function hangs(file: string, deadlineMs: number, answer: string): WallarooError {
  const limit = durationText(deadlineMs);
  return userError(
    "app_hangs",
    `app ${file} was not loaded within ${limit}, the limit: it hangs ${DOING[lastPhase(answer)]}`,
  );
}

function howEnded(child: Bun.Subprocess): string {
  return child.signalCode === null ? `status ${child.exitCode}` : String(child.signalCode);
}

function crashes(file: string, how: string, errors: string): WallarooError {
  const said = errors.trim() === "" ? "" : `. Its last words:\n${errors.trim()}`;
  return userError(
    "app_crashes",
    `app ${file} ended the process that loaded it (${how}): it, or a package that it imports, ` +
      `crashes while it is imported${said}`,
  );
}

/** Reads all, keeps the end: an app in a loop may print without end. */
async function lastOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text = (text + decoder.decode(chunk, { stream: true })).slice(-OUTPUT_MAX);
  }
  return text;
}
