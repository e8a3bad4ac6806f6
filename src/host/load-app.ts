/**
 * The one loader of apps. A child process of ourselves bundles the app and tries it, under a
 * deadline; then this process imports the bundle. So an app that hangs, exits or crashes while it
 * is loaded is an error with a place, and what runs is one file named by its hash.
 */
import { copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { App } from "../model/app.ts";
import { APP_LOAD_MS } from "../model/limits.ts";
import type { Pipeline } from "../model/pipeline.ts";
import { openCache } from "./bundle-cache.ts";
import type { BundlePhase } from "./bundle-report.ts";
import { findApp } from "./find-app.ts";
import { buildApp, importApp } from "./try-app.ts";
import { TryChild } from "./try-child.ts";
import { registerVirtualModules, type VirtualModules } from "./virtual-modules.ts";

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
  /** One that was started before. */
  readonly child?: TryChild;
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
  readonly release: () => void;
}

/** Finds, bundles, tries, imports and builds an app. @throws {WallarooError} for the author */
export async function loadApp(argument: string, options: LoadOptions = {}): Promise<LoadedApp> {
  const { cwd = process.cwd(), appsFolder = "apps", set = {} } = options;
  const begun = performance.now();
  const file = findApp({ argument, appsFolder, cwd });
  const cacheFolder = await openCache(options.cacheFolder, cwd);
  const request = { file, cacheFolder, set };
  const { deadlineMs = APP_LOAD_MS, onInputs = () => undefined } = options;
  const child = options.child ?? new TryChild();
  const tried = child.run(request, deadlineMs, onInputs);
  registerVirtualModules(options.modules);
  // The API is loaded while the child works: this process has nothing else to do.
  const [bundled] = await Promise.all([tried, import("../api/mod.ts")]);
  const isTried = performance.now();
  const { bundle, sha256 } = bundled;
  // A module that is imported plainly stays for ever, with what its top level holds.
  const module = options.isReleasable === true ? releasable() : undefined;
  // Not a closure of this call: that would keep the options, and all that they lead to.
  const release = module?.release ?? nothing;
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

function nothing(): void {}

/** A module that can be given up, with all that it holds and opened. */
interface Releasable {
  readonly load: (bundle: string) => Promise<Readonly<Record<string, unknown>>>;
  readonly release: () => void;
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
