/**
 * The child's side of loading an app: bundles it, imports it, builds its graph, and answers its
 * parent on a descriptor of its own. What hangs or ends the process here harms nobody.
 */
import { writeSync } from "node:fs";
import { messageOf, WallarooError } from "../base/errors.ts";
import type { BundlePhase, BundleReport, BundleRequest } from "./bundle-report.ts";
import { appGraph } from "./app-graph.ts";
import { bundleApp } from "./bundle-app.ts";
import { dieWithParent } from "./die-with-parent.ts";
import { placesIn, placeText } from "./error-place.ts";
import { REPORT_FD } from "./self.ts";
import { buildApp, importApp } from "./try-app.ts";
import {
  registerVirtualModules,
  type VirtualModules,
  virtualModuleNames,
} from "./virtual-modules.ts";

/** Answers the request on standard input and ends the process. */
export async function bundleChild(modules: VirtualModules = {}): Promise<never> {
  const exit = process.exit.bind(process);
  const fail = (error: unknown): never => {
    const code = error instanceof WallarooError ? error.code : "app_throws";
    answer({ type: "failed", code, message: messageOf(error) });
    return exit(0);
  };
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  try {
    await dieWithParent();
    // Our parent wrote it.
    const [text] = await Promise.all([Bun.stdin.text(), import("../api/mod.ts")]);
    if (text === "") return exit(0); // It was started in advance, and is not needed.
    const request = JSON.parse(text) as BundleRequest;
    // An app that ends the process is caught with its line.
    process.exit = (status) => {
      const place = placesIn(new Error("exit").stack ?? "")[0];
      const where = place === undefined ? "" : ` at ${placeText(place)}`;
      answer({
        type: "failed",
        code: "app_exits",
        message:
          `app ${request.file} called process.exit(${status ?? ""})${where} while it was loaded. ` +
          "An app is a value that is imported: move what runs out of it",
      });
      return exit(0);
    };
    await work(request, modules);
  } catch (error) {
    fail(error);
  }
  return exit(0);
}

async function work(request: BundleRequest, modules: VirtualModules): Promise<void> {
  const { file, cacheFolder, set, wantsGraph = false } = request;
  const begun = performance.now();
  registerVirtualModules(modules);
  enter("bundle");
  const onInputs = (files: readonly string[]): void => answer({ type: "inputs", files });
  const bundled = await bundleApp(file, cacheFolder, virtualModuleNames(), onInputs);
  const isBundled = performance.now();
  enter("import");
  const app = await importApp(bundled.bundle, file);
  const isImported = performance.now();
  enter("build");
  const pipeline = await buildApp(app, file, set);
  const isBuilt = performance.now();
  const graph = wantsGraph ? { app: app.name, graph: appGraph(pipeline) } : {};
  answer({
    type: "done",
    ...bundled,
    ...graph,
    ms: {
      bundle: isBundled - begun,
      import: isImported - isBundled,
      build: isBuilt - isImported,
    },
  });
}

function enter(phase: BundlePhase): void {
  answer({ type: "phase", phase });
}

function answer(report: BundleReport): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(report)}\n`);
  let sent = 0;
  while (sent < bytes.length) sent += writeSync(REPORT_FD, bytes, sent);
}
