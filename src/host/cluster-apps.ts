/** The apps of a worker: bundles that the coordinator shipped, imported anew each time. */
import { rename, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { externalError, messageOf } from "../base/errors.ts";
import { graphLines } from "../planner/graph-hash.ts";
import { plan } from "../planner/plan.ts";
import type { AppSource } from "../worker/app-source.ts";
import { openCache } from "./bundle-cache.ts";
import { buildApp, importApp } from "./try-app.ts";
import { registerVirtualModules, type VirtualModules } from "./virtual-modules.ts";

/** `folder`: absolute; made when absent. @throws {WallarooError} `cache_folder` */
export async function clusterApps(folder: string, modules?: VirtualModules): Promise<AppSource> {
  await openCache(folder, folder);
  const pathOf = (bundle: string): string => join(folder, `${bundle}.js`);
  return {
    async has(bundle) {
      const found = await stat(pathOf(bundle)).catch(() => undefined);
      if (found === undefined) return false;
      // It is in use: what is old is removed first.
      const now = new Date();
      await utimes(pathOf(bundle), now, now).catch(() => undefined);
      return true;
    },
    async keep(bundle, bytes) {
      const temporary = `${pathOf(bundle)}.${process.pid}.tmp`;
      try {
        await writeFile(temporary, bytes, { mode: 0o600 });
        await rename(temporary, pathOf(bundle));
      } catch (error) {
        const why = messageOf(error);
        throw externalError("cache_folder", `the app cannot be kept in ${folder}: ${why}`, error);
      }
    },
    async build({ bundle, app, set, workers }) {
      registerVirtualModules(modules);
      // A module that is imported plainly stays for ever, with what its top level holds.
      const graph = new Bun.ModuleGraph();
      try {
        const imported = await importApp(pathOf(bundle), app, (path) => graph.import(path));
        const pipeline = await buildApp(imported, app, set);
        return {
          pipeline,
          plan: plan(pipeline, workers),
          lines: graphLines(pipeline),
          release: () => graph.dispose(),
        };
      } catch (error) {
        graph.dispose();
        throw error;
      }
    },
  };
}
