/** An app whose modules are evaluated anew each time, as by a process that starts. */
import type { Pipeline } from "../model/pipeline.ts";
import type { LoadedApp } from "./load-app.ts";
import { buildApp, importApp } from "./try-app.ts";

export class FreshApp implements Disposable {
  readonly #loaded: Pick<LoadedApp, "bundle" | "file">;
  readonly #set: Readonly<Record<string, string>>;
  #graphs: Bun.ModuleGraph[] = [];

  constructor(loaded: Pick<LoadedApp, "bundle" | "file">, set: Readonly<Record<string, string>>) {
    this.#loaded = loaded;
    this.#set = set;
  }

  /** @throws {WallarooError} what the app throws */
  async build(): Promise<Pipeline> {
    const { bundle, file } = this.#loaded;
    const graph = new Bun.ModuleGraph();
    this.#graphs.push(graph);
    const app = await importApp(bundle, file, (path) => graph.import(path));
    return await buildApp(app, file, this.#set);
  }

  /** Forgets all that was built so far. */
  release(): void {
    for (const graph of this.#graphs) graph.dispose();
    this.#graphs = [];
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
