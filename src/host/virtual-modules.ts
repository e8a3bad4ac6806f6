/**
 * Gives apps the modules that live inside the binary: `import ... from "wallaroo"` is this very
 * API, the same instance, whatever lies in a `node_modules` beside the app.
 */

/** The names that apps may import, with what loads each; loaded when an app asks for it. */
export type VirtualModules = Readonly<Record<string, () => Promise<object>>>;

const API: VirtualModules = { wallaroo: () => import("../api/mod.ts") };
const registered = new Map<string, () => Promise<object>>();

/** Registers the API, and `more` modules, once per process. Call it before an app is imported. */
export function registerVirtualModules(more: VirtualModules = {}): void {
  const fresh = Object.entries({ ...API, ...more }).filter(([name]) => !registered.has(name));
  if (fresh.length === 0) return;
  for (const [name, load] of fresh) registered.set(name, load);
  Bun.plugin({
    name: "wallaroo",
    setup(builder): void {
      for (const [name, load] of fresh) {
        builder.module(name, async () => ({ exports: { ...(await load()) }, loader: "object" }));
      }
    },
  });
}

/** The names of the modules that are inside. */
export function virtualModuleNames(): readonly string[] {
  return [...registered.keys()];
}

/** What a module that is inside exports; undefined when there is no such module. */
export async function virtualExports(name: string): Promise<readonly string[] | undefined> {
  const load = registered.get(name);
  return load === undefined ? undefined : Object.keys(await load());
}
