/** An app whose modules are evaluated anew each time, as by a process that starts. */
import type { Pipeline } from "../model/pipeline.ts";
import type { LoadedApp } from "./load-app.ts";
import { buildApp, importApp } from "./try-app.ts";

/** What `globalThis` had before an app was evaluated. */
export class GlobalNames {
  readonly #names: ReadonlySet<PropertyKey> = new Set(Reflect.ownKeys(globalThis));

  /** Removes what was added since, where that can be. */
  restore(): void {
    for (const name of Reflect.ownKeys(globalThis)) {
      if (!this.#names.has(name)) Reflect.deleteProperty(globalThis, name);
    }
  }
}

export class FreshApp implements Disposable {
  readonly #loaded: Pick<LoadedApp, "bundle" | "file">;
  readonly #set: Readonly<Record<string, string>>;
  readonly #globals: GlobalNames;
  #graphs: Bun.ModuleGraph[] = [];

  /** `globals`: of the time before the app was loaded. */
  constructor(
    loaded: Pick<LoadedApp, "bundle" | "file">,
    set: Readonly<Record<string, string>>,
    globals: GlobalNames,
  ) {
    this.#loaded = loaded;
    this.#set = set;
    this.#globals = globals;
  }

  /** Those that were built before and go on have one `globalThis` with this one: it is as it was
   *  before any of them. @throws {WallarooError} what the app throws */
  async build(): Promise<Pipeline> {
    const { bundle, file } = this.#loaded;
    this.#globals.restore();
    const graph = new Bun.ModuleGraph();
    this.#graphs.push(graph);
    const app = await importApp(bundle, file, (path) => graph.import(path));
    return await buildApp(app, file, this.#set);
  }

  /** Forgets all that was built so far. */
  release(): void {
    for (const graph of this.#graphs) graph.dispose();
    this.#graphs = [];
    this.#globals.restore();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
